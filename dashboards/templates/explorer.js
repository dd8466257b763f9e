'use strict';
// Draws the survey that the page holds. The view and the search live in the URL's fragment, so that a view can be sent to
// somebody: #gaps, #gap/<id>, #binding/<name>, #symbols?q=String.
(() => {
  const survey = JSON.parse(document.getElementById('survey').textContent);
  const byId = (id) => document.getElementById(id);
  const CLASSES = ['equivalent', 'partial', 'none', 'support'];
  const ROWS = 200;
  const VIEWS = [
    ['overview', 'Overview'], ['map', 'Map'], ['matrix', 'Bindings × gaps'], ['bindings', 'Bindings'], ['gaps', 'Gaps'],
    ['symbols', 'Symbols'], ['files', 'Source files'], ['classes', 'Classes of V8'],
  ];
  const gaps = new Map(survey.gaps.map((gap) => [gap.id, gap]));
  const bindings = new Map(survey.bindings.map((binding) => [binding.name, binding]));
  document.documentElement.classList.add('scripts');

  const grouped = new Intl.NumberFormat('en');
  const number = (value) => grouped.format(value).replaceAll(',', '\u202f');
  const percent = (part, whole) => `${(part * 100 / Math.max(whole, 1)).toFixed(1)}%`;

  /** An element with attributes and children; texts are never read as HTML. */
  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== '') made.setAttribute(key, value);
    made.append(...children.flat().filter((child) => child !== undefined && child !== null));
    return made;
  };
  const link = (to, text, kind) => element('a', { href: `#${to}`, class: kind }, text);
  const gapLink = (id) => link(`gap/${id}`, id);
  const bindingLink = (name) => link(`binding/${name}`, name);
  const spaced = (nodes) => nodes.flatMap((node, index) => (index === 0 ? [node] : [', ', node]));
  const word = (name) => element('span', { class: name }, name ?? 'not judged');
  const advice = (name) => element('span', { class: `advice ${name}` }, name);

  /** Shares of four kinds side by side; widths go through the object model, which the page's policy allows. */
  const shares = (counts, kind) => {
    const bar = element('span', { class: kind, role: 'img', 'aria-label': CLASSES.map((name) => `${name} ${percent(counts[name], counts.sites)}`).join(', ') });
    for (const name of CLASSES) {
      const part = element('span', { class: name });
      part.style.width = percent(counts[name], counts.sites);
      bar.append(part);
    }
    return bar;
  };

  /**
   * A table that sorts by its columns. A column: title, value (what is sorted and searched), show (what is seen), kind.
   * Long tables show their first rows until asked.
   */
  const list = (rows, columns, caption) => {
    let sorted = -1;
    let ascending = false;
    let limit = ROWS;
    const found = rows.filter((row) => matches(columns.map((column) => column.value(row)).join(' ')));
    byId('shown').textContent = query === '' ? `${number(rows.length)} rows` : `${number(found.length)} of ${number(rows.length)} rows`;
    const body = element('tbody');
    const more = element('button', { type: 'button', class: 'more' });
    const draw = () => {
      body.replaceChildren(...found.slice(0, limit).map((row) => element('tr', {}, columns.map((column, index) =>
        element(index === 0 ? 'th' : 'td', { class: column.kind, scope: index === 0 ? 'row' : undefined }, column.show ? column.show(row) : String(column.value(row) ?? ''))))));
      more.hidden = found.length <= limit;
      more.textContent = `Show all ${number(found.length)} rows`;
    };
    more.addEventListener('click', () => { limit = Infinity; draw(); });
    const heads = columns.map((column, index) => {
      const button = element('button', { type: 'button' }, column.title);
      const head = element('th', { scope: 'col', class: column.kind }, button);
      button.addEventListener('click', () => {
        ascending = sorted === index ? !ascending : typeof column.value(rows[0] ?? {}) === 'string';
        sorted = index;
        const sign = ascending ? 1 : -1;
        found.sort((a, b) => {
          const [left, right] = [column.value(a) ?? '', column.value(b) ?? ''];
          return sign * (typeof left === 'number' ? left - right : String(left).localeCompare(String(right)));
        });
        heads.forEach((other) => other.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
        draw();
      });
      return head;
    });
    draw();
    const table = element('table', { class: 'list' }, element('caption', { class: 'hidden' }, caption), element('thead', {}, element('tr', {}, heads)), body);
    return [element('div', { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: '0' }, table), more];
  };
  const text = (title, value, kind) => ({ title, value, kind });
  const count = (title, value) => ({ title, value, show: (row) => number(value(row)), kind: 'number' });
  const counted = (of) => [
    count('Sites', (row) => of(row).sites),
    { title: 'Shares', value: (row) => of(row).none / Math.max(of(row).sites, 1), show: (row) => shares(of(row), 'bar') },
    ...CLASSES.slice(0, 3).map((name) => count(name[0].toUpperCase() + name.slice(1), (row) => of(row)[name])),
  ];

  const symbolColumns = [
    text('Symbol', (row) => row.symbol, 'code'),
    count('Sites', (row) => row.sites),
    { title: 'Judgement', value: (row) => row.class ?? '', show: (row) => word(row.class) },
    { title: 'Gap', value: (row) => row.gap, show: (row) => (row.gap ? gapLink(row.gap) : '') },
    text('Node-API', (row) => row.node_api, 'code long'),
    text('Version', (row) => row.version),
    text('Reason', (row) => row.reason, 'long'),
    text('Cost', (row) => row.cost, 'long'),
    text('Arguable', (row) => row.arguable, 'long'),
  ];
  const bindingColumns = [
    { title: 'Binding', value: (row) => row.name, show: (row) => bindingLink(row.name) },
    count('Functions', (row) => row.functions),
    { title: 'Ported', value: (row) => row.ported + row.ported_partly, show: (row) => (row.ported + row.ported_partly === 0 ? '' : `${row.ported} + ${row.ported_partly} in part`), kind: 'number' },
    count('Reached', (row) => row.sites),
    ...counted((row) => row.own),
    count('libuv', (row) => row.uv_sites),
    { title: 'Blocked by', value: (row) => row.blocked_by.join(' '), show: (row) => spaced(row.blocked_by.map(gapLink)), kind: 'long' },
  ];

  /**
   * Squarified treemap (Bruls, Huizing and van Wijk, 2000): rectangles of the values' areas, as near to squares as rows
   * allow. `values` descend; the answer has x, y, width and height for each.
   */
  const squarify = (values, x, y, width, height) => {
    const total = values.reduce((sum, value) => sum + value, 0);
    const scale = width * height / Math.max(total, Number.MIN_VALUE);
    const placed = [];
    let rest = values.map((value) => value * scale);
    while (rest.length > 0) {
      const side = Math.min(width, height);
      const worst = (count) => {
        const row = rest.slice(0, count);
        const sum = row.reduce((a, b) => a + b, 0);
        return Math.max(side * side * row[0] / (sum * sum), sum * sum / (side * side * row.at(-1)));
      };
      let count = 1;
      while (count < rest.length && worst(count + 1) <= worst(count)) count += 1;
      const row = rest.slice(0, count);
      const depth = row.reduce((a, b) => a + b, 0) / Math.max(side, Number.MIN_VALUE);
      let along = 0;
      for (const area of row) {
        const length = area / Math.max(depth, Number.MIN_VALUE);
        placed.push(width >= height ? { x, y: y + along, width: depth, height: length } : { x: x + along, y, width: length, height: depth });
        along += length;
      }
      if (width >= height) { x += depth; width -= depth; } else { y += depth; height -= depth; }
      rest = rest.slice(count);
    }
    return placed;
  };
  const MAP = { width: 1280, height: 760, head: 16 };
  /** Groups of linked tiles; a name is written where it fits, and every tile has one as its title. */
  const treemap = (groups) => {
    const sum = (group) => group.of.reduce((total, tile) => total + tile.value, 0);
    const place = (node, at) => {
      node.style.left = `${at.x * 100 / MAP.width}%`;
      node.style.top = `${at.y * 100 / MAP.height}%`;
      node.style.width = `${at.width * 100 / MAP.width}%`;
      node.style.height = `${at.height * 100 / MAP.height}%`;
      return node;
    };
    const fits = (name, at) => at.width > Math.min(name.length * 5.7 + 6, 46) && at.height > 13;
    const sorted = [...groups].sort((a, b) => sum(b) - sum(a));
    const drawn = squarify(sorted.map(sum), 0, 0, MAP.width, MAP.height).flatMap((at, index) => {
      const group = sorted[index];
      const head = at.height > 3 * MAP.head && at.width > 60 ? MAP.head : 0;
      const tiles = [...group.of].sort((a, b) => b.value - a.value);
      const inner = squarify(tiles.map((tile) => tile.value), at.x + 1, at.y + head, Math.max(at.width - 2, 1), Math.max(at.height - head - 1, 1));
      const box = place(element('div', { class: 'group' }), at);
      const label = head === 0 ? [] : [place(element('a', { class: 'head', href: `#${group.to}`, title: `${group.name}: ${number(sum(group))} sites` }, `${group.name} ${number(sum(group))}`), { ...at, height: head })];
      return [box, ...label, ...inner.map((spot, tile) => place(element('a', { class: `tile ${tiles[tile].kind}`, href: `#${tiles[tile].to}`, title: tiles[tile].title }, fits(tiles[tile].name, spot) ? tiles[tile].name : element('span', { class: 'hidden' }, tiles[tile].title)), spot))];
    });
    return element('div', { class: 'treemap', role: 'group', 'aria-label': 'Sites as areas' }, drawn);
  };

  const heading = (title) => element('h2', { id: 'heading', tabindex: '-1' }, title);
  const paragraph = (...children) => element('p', {}, ...children);
  const facts = (pairs) => element('dl', { class: 'facts-list' }, pairs.filter(([, value]) => value !== undefined && value !== '').map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))));

  /** What the newest stored run measured of a gap: a row a benchmark and variant. */
  const measuredOf = (gap) => (survey.measured ? survey.measured.rows.filter((row) => gap.benchmarks.includes(row.benchmark)) : []);
  const nanoseconds = (value) => (value === null ? '' : `${value < 100 ? value.toPrecision(3) : Math.round(value)} ns`);
  const share = (value) => `${Math.round(value * 100)}%`;
  const between = (low, high, show) => (low === null || high === null ? '' : `${show(low)} – ${show(high)}`);
  const ratio = (value) => value.toFixed(value < 10 ? 3 : 2);
  const measuredColumns = [
    text('Benchmark', (row) => row.benchmark, 'code'),
    text('Way', (row) => row.variant),
    { title: 'Of plain V8', value: (row) => row.ratio, show: (row) => ratio(row.ratio), kind: 'number' },
    { title: '95% interval', value: (row) => row.low, show: (row) => between(row.low, row.high, ratio) },
    { title: 'V8', value: (row) => row.v8_ns, show: (row) => nanoseconds(row.v8_ns), kind: 'number' },
    { title: 'This way', value: (row) => row.ns, show: (row) => nanoseconds(row.ns), kind: 'number' },
    { title: 'Of the distance closed', value: (row) => row.closed, show: (row) => (row.closed === null ? '' : share(row.closed)), kind: 'number' },
    { title: 'Its interval', value: (row) => row.closed_low, show: (row) => between(row.closed_low, row.closed_high, share) },
  ];
  const measurements = (gap) => {
    if (gap.benchmarks.length === 0) return undefined;
    const rows = measuredOf(gap);
    const title = element('h3', {}, 'Measured');
    if (rows.length === 0) return [title, paragraph(`No run of ${survey.host} is stored that measured ${gap.benchmarks.join(', ')}: `, element('code', {}, 'portlab compare extensions'), ' does, and this page drawn again shows it.')];
    return [title, paragraph(`CPU time of an operation in run ${survey.measured.run} of ${survey.measured.started_at}, over plain V8 in C++. Closed is (node-api − extended) / (node-api − V8).`),
      unfiltered(() => list(rows, measuredColumns, `Costs of ${gap.title}`))];
  };

  const views = {
    map(by) {
      const isBlocked = (name, id) => bindings.get(name).blocked_by.includes(id);
      const leaf = (name, id, sites, to) => ({ name: to === 'gap' ? id : name, to: `${to}/${to === 'gap' ? id : name}`, value: sites, kind: isBlocked(name, id) ? 'none' : 'partial', title: `${name}: ${gaps.get(id).title}, ${sites} sites${isBlocked(name, id) ? ', no way around' : ''}` });
      const groups = by === 'bindings'
        ? survey.bindings.map((binding) => ({ name: binding.name, to: `binding/${binding.name}`, of: Object.entries(binding.gaps).map(([id, sites]) => leaf(binding.name, id, sites, 'gap')) }))
        : survey.gaps.map((gap) => ({ name: gap.title, to: `gap/${gap.id}`, of: Object.entries(gap.bindings).map(([name, sites]) => leaf(name, gap.id, sites, 'binding')) }));
      const found = groups.filter((group) => group.of.length > 0 && matches(`${group.name} ${group.to} ${group.of.map((tile) => tile.name).join(' ')}`));
      byId('shown').textContent = `${found.length} of ${groups.length} ${by === 'bindings' ? 'bindings' : 'gaps'}`;
      return [
        heading(by === 'bindings' ? 'Map of bindings, by gap' : 'Map of gaps, by binding'),
        paragraph('An area is the number of sites in a binding’s own functions; what two bindings reach counts for both. ', element('span', { class: 'none' }, 'Red'), ': no way around without the gap closed. ', element('span', { class: 'partial' }, 'Ochre'), ': slower, or in part. ',
          by === 'bindings' ? link('map', 'Group by gap') : link('map/bindings', 'Group by binding')),
        treemap(found),
      ];
    },
    overview() {
      const open = survey.bindings.filter((binding) => binding.blocked_by.length === 0).length;
      const first = survey.gaps.filter((gap) => gap.advice === 'public');
      const resolved = survey.resolved;
      byId('shown').textContent = '';
      return [
        heading('Overview'),
        paragraph(`Nothing blocks ${open} of ${survey.bindings.length} bindings: what they lack makes a port slower, not impossible. `, resolved ? `${resolved.named} of ${resolved.exported} functions that the host exports were led back to their C++ function (${percent(resolved.named, resolved.exported)}).` : ''),
        element('h3', {}, 'Gaps that belong into Node-API'),
        element('ul', { class: 'cards' }, first.map((gap) => element('li', {}, element('b', {}, link(`gap/${gap.id}`, gap.title)), `${number(gap.sites)} sites in ${Object.keys(gap.bindings).length} bindings`, element('br'), element('small', {}, gap.cost)))),
        element('h3', {}, 'What to close first'),
        paragraph('Each line is the set of that size whose closing frees most of the bindings that are blocked now.'),
        list(survey.cover, [
          count('Gaps', (row) => row.gaps.length),
          count('Bindings freed', (row) => row.frees.length),
          { title: 'Set', value: (row) => row.gaps.join(' '), show: (row) => spaced(row.gaps.map(gapLink)), kind: 'long' },
          { title: 'Frees', value: (row) => row.frees.join(' '), show: (row) => spaced(row.frees.map(bindingLink)), kind: 'long' },
        ], 'Sets of gaps and the bindings that closing them frees'),
        survey.headers && facts([
          ['public functions of V8', number(survey.headers.v8_functions)], ['of these inline, so invisible here', number(survey.headers.v8_inline)],
          ['of these called by core', number(survey.headers.v8_called)], ['functions of Node-API', number(Object.values(survey.headers.node_api).flat().length)],
          ['of these experimental', number((survey.headers.node_api.experimental ?? []).length)], ['calls into libuv', number(survey.uv_sites)],
        ]),
        survey.source && element('h3', {}, 'Sources beside the binary'),
        survey.source && list(survey.source.symbols, [text('Symbol', (row) => row.name, 'code'), count('Uses in the sources', (row) => row.uses), count('Sites in the binary', (row) => row.sites)], 'Uses in the sources beside sites in the binary'),
      ];
    },
    matrix() {
      const shown = survey.bindings.filter((binding) => Object.keys(binding.gaps).length > 0 && matches(`${binding.name} ${Object.keys(binding.gaps).join(' ')}`));
      const columns = survey.gaps.filter((gap) => shown.some((binding) => binding.gaps[gap.id]));
      byId('shown').textContent = `${shown.length} bindings`;
      const heat = (sites) => (sites >= 50 ? 4 : sites >= 15 ? 3 : sites >= 4 ? 2 : 1);
      const cell = (binding, gap) => {
        const sites = binding.gaps[gap.id];
        if (!sites) return element('td');
        const blocks = binding.blocked_by.includes(gap.id);
        return element('td', { class: `heat-${heat(sites)}${blocks ? ' blocks' : ''}`, title: `${binding.name}: ${gap.title}, ${sites} sites${blocks ? ', no way around' : ''}` }, link(`gap/${gap.id}`, String(sites)));
      };
      return [
        heading('Bindings × gaps'),
        paragraph('Sites of each binding’s own functions by gap, the most frequent gap first. Red and underlined: without the gap closed some function stays native. Ochre: slower or in part.'),
        element('div', { class: 'scroll wide', role: 'region', 'aria-label': 'Sites by binding and gap', tabindex: '0' }, element('table', { class: 'matrix' },
          element('caption', { class: 'hidden' }, 'Sites by binding and gap'),
          element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, element('span', { class: 'hidden' }, 'Binding')), columns.map((gap) => element('th', { scope: 'col', title: gap.title }, gapLink(gap.id))))),
          element('tbody', {}, shown.map((binding) => element('tr', {}, element('th', { scope: 'row' }, bindingLink(binding.name)), columns.map((gap) => cell(binding, gap))))))),
      ];
    },
    bindings: () => [heading('Bindings'), paragraph('Shares and judgements are of a binding’s own sites: in functions that at most a third of all bindings reach.'), list(survey.bindings, bindingColumns, 'Bindings')],
    gaps: () => [heading('Gaps'), list(survey.gaps, [
      { title: 'Gap', value: (row) => `${row.title} ${row.id}`, show: (row) => link(`gap/${row.id}`, row.title) },
      count('Sites', (row) => row.sites), count('Partial', (row) => row.partial), count('None', (row) => row.none), count('Bindings', (row) => Object.keys(row.bindings).length),
      { title: 'Advice', value: (row) => row.advice, show: (row) => advice(row.advice) },
      text('Cost', (row) => row.cost, 'long'), text('Extension', (row) => row.extension ?? ''), text('What Node-API might gain', (row) => row.proposal, 'long'),
    ], 'Gaps')],
    symbols: () => [heading('Symbols'), list(survey.api, symbolColumns, 'Functions of V8 that core calls')],
    files: () => [heading('Source files'), paragraph('As far as the symbol table tells; a global function without static data of its own has no file.'), list(survey.files, [text('File', (row) => row.name, 'code'), ...counted((row) => row)], 'Sites by source file')],
    classes: () => [heading('Classes of V8'), list(survey.v8_classes, [{ title: 'Class', value: (row) => row.name, show: (row) => link(`symbols?q=${encodeURIComponent(`v8::${row.name}::`)}`, row.name), kind: 'code' }, ...counted((row) => row)], 'Sites by class of V8')],
    gap(id) {
      const gap = gaps.get(id);
      if (!gap) return [heading('No such gap'), paragraph(`This host has no gap called ${id}.`)];
      const upstream = gap.upstream.map(({ thread, says }) => element('li', {}, element('a', { href: `https://github.com/${thread.replace('#', '/issues/')}`, rel: 'noreferrer' }, thread), `: ${says}`));
      return [
        heading(gap.title),
        paragraph(gap.summary),
        facts([
          ['sites', `${number(gap.sites)}: ${number(gap.partial)} partial, ${number(gap.none)} none`], ['advice', advice(gap.advice)], ['what Node-API might gain', gap.proposal], ['cost', gap.cost],
          ['extension', gap.extension ? element('code', {}, `shims/v8-gap/table/src/${gap.extension}.rs`) : 'none'],
          ['way around', gap.blocks ? 'none: what needs it stays native' : 'yes, slower or in part'],
        ]),
        measurements(gap),
        element('h3', {}, 'Upstream'),
        upstream.length > 0 ? element('ul', { class: 'threads' }, upstream) : paragraph('No discussion is known.'),
        element('h3', {}, 'Bindings'),
        paragraph(...spaced(Object.entries(gap.bindings).sort(([, a], [, b]) => b - a).map(([name, sites]) => element('span', {}, bindingLink(name), ` ${sites}`)))),
        element('h3', {}, 'Symbols'),
        unfiltered(() => list(gap.symbols, symbolColumns.filter((column) => column.title !== 'Gap'), `Symbols of ${gap.title}`)),
        element('h3', {}, 'Call sites'),
        list(gap.call_sites, [
          text('Function', (row) => row.function, 'code'), text('File', (row) => row.file ?? ''), text('Symbol', (row) => row.symbol, 'code'), count('Sites', (row) => row.sites), text('First at', (row) => row.at, 'code'),
        ], `Call sites of ${gap.title}`),
      ];
    },
    binding(name) {
      const binding = bindings.get(name);
      if (!binding) return [heading('No such binding'), paragraph(`This host has no binding called ${name}.`)];
      return [
        heading(binding.name),
        facts([
          ['source', binding.file ?? ''], ['functions', number(binding.functions)], ['ported', `${binding.ported}, and ${binding.ported_partly} in part`], ['sites reached', number(binding.sites)],
          ['its own', element('span', {}, `${number(binding.own.sites)} `, shares(binding.own, 'bar'))], ['calls into libuv', number(binding.uv_sites)],
          ['blocked by', binding.blocked_by.length > 0 ? element('span', {}, spaced(binding.blocked_by.map(gapLink))) : 'nothing'],
        ]),
        element('h3', {}, 'Gaps among its own sites'),
        unfiltered(() => list(Object.entries(binding.gaps).sort(([, a], [, b]) => b - a).map(([id, sites]) => ({ ...gaps.get(id), own: sites })), [
          { title: 'Gap', value: (row) => row.title, show: (row) => link(`gap/${row.id}`, row.title) }, count('Own sites', (row) => row.own),
          { title: 'Advice', value: (row) => row.advice, show: (row) => advice(row.advice) }, text('Cost', (row) => row.cost, 'long'), text('What Node-API might gain', (row) => row.proposal, 'long'),
        ], 'Gaps')),
        element('h3', {}, 'Functions and methods'),
        list(binding.exports, [
          text('Function', (row) => row.name, 'code'), text('Port', (row) => row.status ?? ''), text('C++', (row) => row.callback ?? 'not found', 'code'),
          ...counted((row) => row),
          { title: 'Gaps', value: (row) => row.gaps.join(' '), show: (row) => spaced(row.gaps.map(gapLink)), kind: 'long' },
        ], 'Functions'),
      ];
    },
  };

  let query = '';
  const matches = (value) => query.toLowerCase().split(/\s+/).every((part) => value.toLowerCase().includes(part));
  /** Draws something that the search does not filter. */
  const unfiltered = (draw) => {
    const held = query;
    query = '';
    const drawn = draw();
    query = held;
    return drawn;
  };

  const read = () => {
    const [place, search = ''] = location.hash.slice(1).split('?');
    const [view, ...rest] = place.split('/');
    return { view: Object.hasOwn(views, view) ? view : 'overview', name: rest.join('/'), q: new URLSearchParams(search).get('q') ?? '' };
  };

  const draw = (focus) => {
    const { view, name, q } = read();
    query = q.trim();
    if (byId('find').value.trim() !== query) byId('find').value = query;
    const current = view === 'gap' ? 'gaps' : view === 'binding' ? 'bindings' : view;
    byId('tabs').replaceChildren(...VIEWS.map(([id, title]) => element('a', { href: `#${id}`, 'aria-current': id === current ? 'page' : undefined }, title)));
    byId('view').replaceChildren(...views[view](name).flat(2).filter(Boolean));
    if (focus) {
      byId('heading')?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  };

  const { sites, classes } = survey;
  byId('lead').textContent = `${number(sites)} call sites in ${number(survey.functions)} functions reach ${number(survey.symbols)} functions of V8 (${survey.machine}); ${survey.unclassified} of these are not judged.`;
  byId('classes').setAttribute('aria-label', 'Shares of sites by judgement');
  byId('classes').append(...shares(classes, '').childNodes);
  byId('counts').append(...CLASSES.map((name) => element('li', { class: name }, element('b', {}, percent(classes[name], sites)), ` ${name}, ${number(classes[name])} sites`)));
  byId('hidden').textContent = survey.hidden;
  byId('find').addEventListener('input', () => {
    const place = location.hash.slice(1).split('?')[0] || 'overview';
    const search = byId('find').value.trim();
    // Whoever searches from the overview looks for a symbol.
    const target = place === 'overview' && search !== '' ? 'symbols' : place;
    history.replaceState(null, '', `#${target}${search === '' ? '' : `?q=${encodeURIComponent(search)}`}`);
    draw(false);
  });
  addEventListener('hashchange', () => draw(true));
  if (location.hash === '' && document.documentElement.dataset.start) history.replaceState(null, '', `#binding/${document.documentElement.dataset.start}`);
  draw(false);
})();
