// Stands at the top of every control's own script.

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

// One model can be shown twice, so ids belong to the view and not to the model.
const uniqueId = () => 'lnlab-' + Math.random().toString(36).slice(2);

const fill = (el, kind, ...children) => {
  el.classList.add('lnlab-control', kind);
  el.replaceChildren(...children);
  // JupyterLab reads plain keys as notebook commands; here they belong to the control. Ctrl+S stays JupyterLab's.
  el.addEventListener('keydown', (event) => { if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); });
};

const follow = (model, traits, show) => {
  for (const trait of traits) model.on(`change:${trait}`, show);
  show();
};
