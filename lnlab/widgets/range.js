export default {
  render({ model, el }) {
    const id = uniqueId();
    const label = make('label', { for: id });
    const reading = make('span');         // not an <output>, which would speak each value a second time
    const input = make('input', { id, type: 'range', 'aria-describedby': `${id}-help` });
    const help = make('small', { id: `${id}-help` });
    fill(el, 'lnlab-range', label, reading, input, help);

    follow(model, ['label', 'help', 'unit', 'decimals', 'min', 'max', 'step', 'value', 'disabled'], () => {
      label.textContent = model.get('label');
      help.textContent = model.get('help');
      for (const trait of ['min', 'max', 'step', 'value', 'disabled']) input[trait] = model.get(trait);
      reading.textContent = `${model.get('value').toFixed(model.get('decimals'))} ${model.get('unit')}`.trim();
      input.setAttribute('aria-valuetext', reading.textContent);
    });

    const push = () => {
      model.set('value', input.valueAsNumber);
      model.save_changes();
    };
    input.addEventListener('input', push);
    input.addEventListener('change', push);
  },
};
