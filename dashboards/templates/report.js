'use strict';
// Filters and orders the table of comparisons. Without it the whole table is there, in the order of the
// definitions. The state lives in the URL's fragment, so that a view can be sent to somebody.
(() => {
  const root = document.documentElement;
  const table = document.getElementById('table');
  const byId = (id) => document.getElementById(id);

  /** The fragment as a state; a plain `#name` is a place on the page. */
  const read = () => {
    const fragment = location.hash.slice(1);
    if (fragment !== '' && !fragment.includes('=')) {
      return new URLSearchParams({ at: decodeURIComponent(fragment) });
    }
    return new URLSearchParams(fragment);
  };

  /** Opens whatever folds the element away, and goes there. */
  const show = (id) => {
    const target = id && byId(id);
    if (!target) return;
    for (let fold = target.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  };

  if (!table) {
    addEventListener('hashchange', () => show(read().get('at')));
    show(read().get('at'));
    return;
  }
  root.classList.add('scripts');

  const body = table.tBodies[0];
  const rows = [...body.rows];
  const filters = { q: byId('filter-text'), host: byId('filter-host'), level: byId('filter-level'), verdict: byId('filter-verdict') };
  const order = byId('order');
  const allMetrics = byId('all-metrics');
  const attention = new Set(['regressed', 'failed', 'inconclusive']);
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  // Column numbers differ between the two header rows, so each header remembers the position of its cells.
  const columns = [];
  const leading = [...table.tHead.rows[0].cells].filter((cell) => cell.rowSpan === 2 && cell.dataset.sort);
  leading.forEach((header, index) => columns.push({ header, key: header.textContent, index, text: true }));
  [...table.tHead.rows[1].cells].forEach((header, position) => {
    if (!header.dataset.sort) return;
    const level = header.classList[0];
    const own = [...table.tHead.rows[1].cells].filter((cell) => cell.classList[0] === level);
    const place = own.indexOf(header);
    columns.push({ header, key: `${level} ${header.textContent}`, level, place, position });
  });
  let sorted = null; // { column, descending }

  const keyOf = (row, column) => {
    if (column.text) return row.cells[column.index].textContent;
    const cell = row.querySelectorAll(`td.${column.level}`)[column.place];
    const key = cell?.dataset.key;
    return key === undefined || key === '' ? null : Number(key);
  };

  const compare = (a, b) => {
    if (sorted) {
      const [x, y] = [keyOf(a, sorted.column), keyOf(b, sorted.column)];
      // What has no number stays at the end in both directions.
      if (x === null || y === null) { if (x !== y) return x === null ? 1 : -1; }
      else {
        const difference = typeof x === 'string' ? x.localeCompare(y) : x - y;
        if (difference !== 0) return sorted.descending ? -difference : difference;
      }
    } else if (order.value === 'concern') {
      const difference = a.dataset.concern - b.dataset.concern;
      if (difference !== 0) return difference;
    }
    return a.dataset.order - b.dataset.order;
  };

  const matches = (row) => {
    const { q, host, level, verdict } = filters;
    if (host.value && row.dataset.host !== host.value) return false;
    if (level.value && !row.dataset.levels.split(' ').includes(level.value)) return false;
    const words = q.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.every((word) => texts.get(row).includes(word))) return false;
    if (!verdict.value) return true;
    return row.dataset.verdicts.split(' ').some((pair) => {
      const [at, word] = pair.split(':');
      if (level.value && at !== level.value) return false;
      return verdict.value === 'attention' ? attention.has(word) : word === verdict.value;
    });
  };

  const draw = () => {
    order.querySelector('[value="column"]').hidden = sorted === null;
    if (sorted) order.value = 'column';
    for (const { header } of columns) header.removeAttribute('aria-sort');
    if (sorted) sorted.column.header.setAttribute('aria-sort', sorted.descending ? 'descending' : 'ascending');
    if (filters.level.value) table.dataset.level = filters.level.value;
    else delete table.dataset.level;
    let shown = 0;
    let before = '';
    const wanted = rows.slice().sort(compare);
    for (const row of wanted) {
      const visible = matches(row);
      row.hidden = !visible;
      if (!visible || (row.classList.contains('extra') && !allMetrics.checked)) continue;
      shown += 1;
      const name = row.cells[0].textContent;
      row.classList.toggle('repeats', name === before);
      before = name;
    }
    body.append(...wanted);
    const all = rows.filter((row) => allMetrics.checked || !row.classList.contains('extra')).length;
    byId('shown').textContent = `${shown === all ? all : `${shown} of ${all}`} ${all === 1 ? 'row' : 'rows'}`;
  };

  const write = (at) => {
    const state = new URLSearchParams();
    for (const [name, control] of Object.entries(filters)) if (control.value) state.set(name, control.value);
    if (sorted) state.set('sort', `${sorted.descending ? '-' : ''}${sorted.column.key}`);
    else if (order.value) state.set('order', order.value);
    if (allMetrics.checked) state.set('metrics', 'all');
    if (at) state.set('at', at);
    history.replaceState(null, '', `#${state}`);
  };

  const restore = () => {
    const state = read();
    // A link to a place keeps the filters that are set.
    if (!(state.size === 1 && state.has('at'))) {
      for (const [name, control] of Object.entries(filters)) {
        control.value = state.get(name) ?? '';
        if (control.selectedIndex === -1) control.value = '';
      }
      allMetrics.checked = state.get('metrics') === 'all';
      const sort = state.get('sort') ?? '';
      const descending = sort.startsWith('-');
      const column = columns.find(({ key }) => key === sort.slice(descending ? 1 : 0));
      sorted = column ? { column, descending } : null;
      order.value = state.get('order') === 'concern' ? 'concern' : '';
    }
    draw();
    if (state.has('at')) {
      write(state.get('at'));
      show(state.get('at'));
    }
  };

  for (const column of columns) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...column.header.childNodes);
    column.header.append(button);
    button.addEventListener('click', () => {
      if (sorted?.column !== column) sorted = { column, descending: false };
      else if (!sorted.descending) sorted.descending = true;
      else { sorted = null; order.value = ''; }
      draw();
      write();
    });
  }
  for (const control of [...Object.values(filters), allMetrics]) {
    control.addEventListener('input', () => { draw(); write(); });
  }
  order.addEventListener('input', () => { sorted = null; draw(); write(); });
  byId('reset').addEventListener('click', () => {
    for (const control of Object.values(filters)) control.value = '';
    allMetrics.checked = false;
    order.value = '';
    sorted = null;
    draw();
    write();
  });
  addEventListener('hashchange', restore);
  restore();
})();
