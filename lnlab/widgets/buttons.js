export default {
  render({ model, el }) {
    const group = make('div', { role: 'group', class: 'lnlab-row' });
    fill(el, 'lnlab-buttons', group);

    const press = (label) => {
      if (model.get('disabled')) return;
      model.set('pressed', { label, count: (model.get('pressed').count ?? 0) + 1 });
      model.save_changes();
    };

    follow(model, ['labels'], () => {
      group.replaceChildren(...model.get('labels').map((label) => {
        const button = make('button', { type: 'button' }, label);
        button.addEventListener('click', () => press(label));
        return button;
      }));
    });

    follow(model, ['label', 'labels', 'current', 'disabled'], () => {
      group.setAttribute('aria-label', model.get('label'));
      for (const button of group.children) {
        // Not the `disabled` attribute: it would throw the keyboard's focus out of the button just pressed.
        button.setAttribute('aria-disabled', String(model.get('disabled')));
        if (model.get('current') === null) button.removeAttribute('aria-pressed');
        else button.setAttribute('aria-pressed', String(button.textContent === model.get('current')));
      }
    });
  },
};
