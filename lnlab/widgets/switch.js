export default {
  render({ model, el }) {
    const id = uniqueId();
    const input = make('input', { id, type: 'checkbox', 'aria-describedby': `${id}-help` });
    const label = make('label', { for: id });
    const help = make('small', { id: `${id}-help` });
    fill(el, 'lnlab-switch', make('div', { class: 'lnlab-option' }, input, label), help);

    follow(model, ['label', 'help', 'value', 'disabled'], () => {
      label.textContent = model.get('label');
      help.textContent = model.get('help');
      input.checked = model.get('value');
      input.disabled = model.get('disabled');
    });

    input.addEventListener('change', () => {
      model.set('value', input.checked);
      model.save_changes();
    });
  },
};
