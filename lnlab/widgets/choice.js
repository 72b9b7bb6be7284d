export default {
  render({ model, el }) {
    const name = uniqueId();
    const legend = make('legend');
    const help = make('small', { id: `${name}-help` });
    const options = make('div');
    const group = make('fieldset', { 'aria-describedby': help.id }, legend, help, options);
    fill(el, 'lnlab-choice', group);

    follow(model, ['label', 'help', 'disabled'], () => {
      legend.textContent = model.get('label');
      help.textContent = model.get('help');
      group.disabled = model.get('disabled');
    });

    follow(model, ['options'], () => {
      options.replaceChildren(...model.get('options').map((option, place) => {
        const id = `${name}-${place}`;
        const input = make('input', { id, name, type: 'radio', value: option });
        return make('div', { class: 'lnlab-option' }, input, make('label', { for: id }, option));
      }));
    });

    follow(model, ['options', 'value'], () => {
      for (const input of options.querySelectorAll('input')) input.checked = input.value === model.get('value');
    });

    options.addEventListener('change', (event) => {
      model.set('value', event.target.value);
      model.save_changes();
    });
  },
};
