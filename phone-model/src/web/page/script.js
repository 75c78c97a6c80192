(function () {
  document.documentElement.className = 'js';
  function on(all, one) {
    all.forEach(function (e) { e.classList.toggle('on', e === one); });
  }
  function list(from, selector) { return Array.prototype.slice.call(from.querySelectorAll(selector)); }
  function show() {
    var id = decodeURIComponent(location.hash.slice(1));
    var target = (id && document.getElementById(id)) || document.querySelector('.error') || document.getElementById('Info');
    var pane = target.closest('.pane');
    on(list(document, '.pane'), pane);
    list(document, '.panes a').forEach(function (a) { a.classList.toggle('on', a.textContent === pane.id); });
    var tab = target.closest('.tab') || pane.querySelector('.tab.on') || pane.querySelector('.tab');
    on(list(pane, '.tab'), tab);
    list(pane, '.tabs a').forEach(function (a) { a.classList.toggle('on', tab && a.textContent === tab.id); });
    if (/^(input|select)$/i.test(target.tagName)) { target.focus(); }
  }
  list(document, 'nav a').forEach(function (a) {
    a.addEventListener('click', function (event) {
      event.preventDefault();
      history.pushState(null, '', a.hash);
      show();
    });
  });
  addEventListener('hashchange', show);
  addEventListener('popstate', show);
  // The browser jumps to the tab that the address names; its head is what should be seen.
  addEventListener('load', function () {
    if (!document.querySelector('.error')) { setTimeout(function () { scrollTo(0, 0); }); }
  });
  show();
})();
