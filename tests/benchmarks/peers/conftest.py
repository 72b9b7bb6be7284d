"""The peers live in environments of their own; the tests look only at what runs in lnlab's."""

collect_ignore = ["modelly_agents.py", "starsim_people.py"]
