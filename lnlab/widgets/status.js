export default {
  render({ model, el }) {
    // The element stays and only its words change: a screen reader may stay silent about a new live region.
    const line = make('p', { role: 'status', 'aria-live': 'polite' });
    fill(el, 'lnlab-status', line);
    follow(model, ['text'], () => { line.textContent = model.get('text'); });
  },
};
