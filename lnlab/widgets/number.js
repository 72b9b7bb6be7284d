export default {
  render({ model, el }) {
    const id = uniqueId();
    const label = make('label', { for: id });
    const input = make('input', { id, type: 'number', 'aria-describedby': `${id}-unit ${id}-wrong ${id}-help` });
    const unit = make('span', { id: `${id}-unit` });
    const wrong = make('strong', { id: `${id}-wrong`, 'aria-live': 'polite' });
    const help = make('small', { id: `${id}-help` });
    fill(el, 'lnlab-number', label, make('div', { class: 'lnlab-row' }, input, unit), wrong, help);

    follow(model, ['label', 'help', 'unit', 'min', 'max', 'step', 'disabled'], () => {
      label.textContent = model.get('label');
      unit.textContent = model.get('unit');
      help.textContent = model.get('help');
      input.min = model.get('min') ?? '';
      input.max = model.get('max') ?? '';
      input.step = model.get('step') ?? 'any';
      input.disabled = model.get('disabled');
    });

    const typed = () => (input.validity.valid && input.value !== '' ? input.valueAsNumber : null);
    const judge = () => {
      wrong.textContent = input.validationMessage;
      input.setAttribute('aria-invalid', String(!input.validity.valid));
    };
    follow(model, ['value'], () => {      // what is half typed, such as "-", is no value yet and must stay in the field
      if (typed() !== model.get('value')) input.value = model.get('value') ?? '';
      judge();
    });

    const push = () => {
      judge();
      model.set('value', typed());
      model.save_changes();
    };
    input.addEventListener('input', push);
    input.addEventListener('change', push);
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || typed() === null) return;
      model.set('submitted', model.get('submitted') + 1);
      push();
    });
  },
};
