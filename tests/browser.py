"""A notebook in a real JupyterLab, driven through a real browser: for tests marked `browser`.

    with notebook_page(path) as lab:
        press(lab.page, "ArrowRight")
        assert violations(lab.page) == [] and lab.problems == [] and lab.outside == []

Chromium is the system's own; set CHROMIUM if it lives elsewhere.
"""

import importlib.resources
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import expect, sync_playwright

OUTPUT = ".jp-OutputArea-output"       # JupyterLab has sliders, buttons and status lines of its own: look in here only
WAIT = 60_000                          # milliseconds until a condition that never comes true fails the test
expect.set_options(timeout=WAIT)

CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                      "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
                      "--no-proxy-server"]

SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},    # no toast over the cells
    "docmanager-extension/plugin": {"autosave": False},                                     # the file stays as it is
    "notebook-extension/tracker": {"windowingMode": "none", "scrollPastEnd": False},        # all cells, nothing more
}

READY = """() => {                     // a command given before this is silently lost
  const context = window.jupyterapp?.shell.currentWidget?.context;
  return window.jupyterapp?.commands.hasCommand('notebook:run-all-cells') && context?.isReady
      && context.sessionContext.session?.kernel?.connectionStatus === 'connected';
}"""

SETTLED = f"""() => {{                 // every cell has run, and every widget and picture is on the page
  const outputs = [...document.querySelectorAll('{OUTPUT}')];
  return window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.status === 'idle'
      && ![...document.querySelectorAll('.jp-InputPrompt')].some((prompt) => prompt.textContent.includes('*'))
      && !outputs.some((output) => output.textContent.includes('Loading widget'))
      && !document.querySelector('{OUTPUT} [class="lm-Widget"]:empty')
      && [...document.querySelectorAll('{OUTPUT} img')].every((image) => image.complete);
}}"""

CELL_ERRORS = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter((cell) => !cell.model.getMetadata('tags')?.includes('raises-exception'))
  .flatMap((cell) => cell.model.sharedModel.toJSON().outputs ?? [])
  .filter((output) => output.output_type === 'error')
  .map((error) => `cell error: ${error.ename}: ${error.evalue}`)"""

SCROLLER = ".jp-WindowedPanel-outer"    # the part of JupyterLab in which the notebook scrolls

NOTHING_TO_SCROLL = f"""() => {{
  const scroller = document.querySelector('{SCROLLER}');
  return scroller.scrollTop === 0 && scroller.scrollHeight <= scroller.clientHeight;
}}"""

AXE = f"""async () => {{
  const result = await axe.run({{ include: ['{OUTPUT}'] }}, {{ runOnly: ['wcag2a', 'wcag2aa'] }});
  return [result.passes.length, result.violations.flatMap((violation) => violation.nodes.map(
    (node) => `${{violation.id}} (${{violation.impact}}): ${{node.html.slice(0, 200)}}`))];
}}"""


@dataclass(frozen=True)
class Lab:
    """An open notebook: its page, what went wrong so far, and the requests that left this machine."""

    page: object
    problems: list
    outside: list


@contextmanager
def lab_server(folder):
    """Serve `folder` with a JupyterLab of its own settings; yield a function from file name to address."""
    port, token = _free_port(), secrets.token_hex(16)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as private:
        private = Path(private)
        for name, setting in SETTINGS.items():
            file = private / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps(setting))
        places = dict(JUPYTER_CONFIG_DIR="config", JUPYTER_DATA_DIR="data", JUPYTER_RUNTIME_DIR="runtime",
                      JUPYTERLAB_SETTINGS_DIR="settings", JUPYTERLAB_WORKSPACES_DIR="workspaces", IPYTHONDIR="ipython")
        environment = {**os.environ, **{name: str(private / place) for name, place in places.items()}}
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
                   f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
                   f"--ServerApp.root_dir={folder}", "--LabApp.news_url=", "--LabApp.extension_manager=readonly",
                   "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
                   "--LabApp.expose_app_in_browser=True", f"--FileCheckpoints.checkpoint_dir={private / 'checkpoints'}"]
        with open(private / "server.log", "w+") as log:
            server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
            try:
                if not _answers(f"http://127.0.0.1:{port}/api", server):
                    log.seek(0)
                    raise RuntimeError("JupyterLab did not start:\n" + log.read()[-3000:])
                yield lambda name: f"http://127.0.0.1:{port}/lab/tree/{quote(name)}?token={token}&reset"
            finally:
                _stop(server)


@contextmanager
def notebook_page(path, run=True):
    """Open a notebook, run all of its cells (unless `run` is False), and yield a `Lab`."""
    path = Path(path).resolve()
    with lab_server(path.parent) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), headless=True, args=CHROMIUM_ARGUMENTS)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            lab = Lab(page, problems=[], outside=[])
            page.on("pageerror", lambda error: lab.problems.append(f"page error: {error}"))
            page.on("request", lambda request: None if _stays_here(request.url) else lab.outside.append(request.url))
            page.goto(address(path.name), wait_until="domcontentloaded")
            page.wait_for_selector(".jp-Notebook", timeout=WAIT)
            page.wait_for_function(READY, timeout=WAIT)
            if run:
                run_all(page)
                lab.problems.extend(page.evaluate(CELL_ERRORS))
            yield lab
        finally:
            browser.close()


def run_all(page):
    """Run all cells and wait until their outputs are on the page."""
    page.evaluate("async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_function(SETTLED, timeout=WAIT)


def press(page, key="ArrowRight", slider=None):
    """Press one key on the range named `slider` (or the first); return the status sentence that follows.

    Only for a key that changes the sentence: it waits for the change.
    """
    control = page.locator(OUTPUT).get_by_role("slider", name=slider).first
    status = page.locator(f"{OUTPUT} [role=status]").first
    control.wait_for(state="visible", timeout=WAIT)
    before = status.inner_text()
    control.press(key)
    page.wait_for_function("([line, before]) => line.innerText !== before", arg=[status.element_handle(), before],
                           timeout=WAIT)
    return status.inner_text()


def use_theme(page, theme):
    """Change JupyterLab's theme, 'JupyterLab Light' or 'JupyterLab Dark', and wait until the page shows it."""
    page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    page.wait_for_function("(theme) => document.body.dataset.jpThemeName === theme", arg=theme, timeout=WAIT)


def violations(page):
    """What axe-core finds against WCAG 2, levels A and AA, in all outputs: one line for each element at fault."""
    page.wait_for_function(SETTLED, timeout=WAIT)
    if not page.evaluate("() => 'axe' in window"):
        axe = importlib.resources.files("axe_playwright_python") / "axe.min.js"
        page.add_script_tag(content=axe.read_text("utf-8"))
    with _all_in_view(page):
        passed, found = page.evaluate(AXE)
    if not passed:
        raise RuntimeError("axe-core found nothing to check: are there outputs on the page?")
    return found


@contextmanager
def _all_in_view(page):
    """A window as tall as the notebook, in a body as tall as the window.

    axe-core passes over the contrast of what it takes to be out of sight: what is scrolled away, and whatever lies
    outside of its body. JupyterLab's body has no height at all, so that without this no text would be checked.
    """
    before = page.viewport_size
    page.evaluate("() => { document.body.style.height = '100vh'; }")
    height = page.locator(SCROLLER).first.evaluate("(scroller) => scroller.scrollHeight")
    page.set_viewport_size({"width": before["width"], "height": before["height"] + height})
    page.wait_for_function(NOTHING_TO_SCROLL, timeout=WAIT)
    try:
        yield
    finally:
        page.evaluate("() => { document.body.style.height = ''; }")
        page.set_viewport_size(before)


def _chromium():
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        raise RuntimeError("No Chromium found: install one, or say where it is in CHROMIUM.")
    return found


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(address, server, seconds=60):
    """Whether the server answers before it ends or the time is up."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        try:
            direct.open(address, timeout=2).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


def _stop(server):
    """End the server and its kernels: the process group that we started, and nothing else."""
    for request in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, request)
            server.wait(10)
            return
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            server.wait()
            return


def _stays_here(url):
    return url.startswith(("data:", "blob:", "http://127.0.0.1:", "ws://127.0.0.1:"))
