export default {
  render({ model, el }) {
    const image = make('img');
    fill(el, 'lnlab-picture', image);
    let address = null;
    const release = () => { if (address) URL.revokeObjectURL(address); };

    follow(model, ['alt', 'width', 'height'], () => {
      for (const trait of ['alt', 'width', 'height']) image.setAttribute(trait, model.get(trait));
    });

    follow(model, ['png'], () => {
      const png = model.get('png');
      release();
      address = png.byteLength ? URL.createObjectURL(new Blob([png], { type: 'image/png' })) : null;
      image.style.visibility = address ? 'visible' : 'hidden';      // before the first picture the place is kept
      if (address) image.src = address;
    });

    return release;
  },
};
