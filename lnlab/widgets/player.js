// The clock ticks in the browser, so that playing never keeps Python busy; once for each player, however often shown.
// It asks for the next month only when the picture of the last one has come, so that pictures never queue up.
export default {
  initialize({ model }) {
    let timer = null, asked = 0;
    const isThere = () => model.get('playing') && model.get('shown') === model.get('value');
    const next = () => {
      if (!isThere()) return;
      asked = Date.now();
      if (model.get('value') < model.get('max')) model.set('value', model.get('value') + 1);
      else model.set('playing', false);
      model.save_changes();
    };
    const wind = () => {
      clearTimeout(timer);
      if (isThere()) timer = setTimeout(next, Math.max(0, asked + model.get('pace') - Date.now()));
    };
    for (const trait of ['playing', 'shown', 'value']) model.on(`change:${trait}`, wind);
    return () => clearTimeout(timer);
  },

  render({ model, el }) {
    const id = uniqueId();
    const button = make('button', { type: 'button' });
    const label = make('label', { for: id });
    const reading = make('span');
    const input = make('input', { id, type: 'range', step: 1 });
    fill(el, 'lnlab-buttons', make('div', { class: 'lnlab-row' }, button,
                                   make('div', { class: 'lnlab-range' }, label, reading, input)));

    follow(model, ['label', 'min', 'max', 'value', 'playing'], () => {
      button.textContent = model.get('playing') ? 'Pause' : 'Play';
      label.textContent = model.get('label');
      for (const trait of ['min', 'max', 'value']) input[trait] = model.get(trait);
      reading.textContent = model.get('value');
    });

    button.addEventListener('click', () => {
      const ended = model.get('value') >= model.get('max');
      if (ended && !model.get('playing')) model.set('value', model.get('min'));
      model.set('playing', !model.get('playing'));
      model.save_changes();
    });
    input.addEventListener('input', () => {
      model.set('value', input.valueAsNumber);
      model.save_changes();
    });
  },
};
