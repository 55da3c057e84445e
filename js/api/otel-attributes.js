'use strict';

/** Labels of metrics as attributes of OpenTelemetry. */

/** Labels of the families as attributes. */
const ATTRIBUTES = {
  kind: 'leakline.kind', verdict: 'leakline.verdict', owner: 'leakline.owner', site: 'leakline.site.fingerprint', label: 'leakline.label', reason: 'leakline.reason',
};

/** The line of each site: it changes with a deployment, so it is no part of what identifies the series of other families. */
function placesOf(samples) {
  return new Map(samples.map(({ labels, function: name }) => {
    const { site, kind, label, location } = Object.fromEntries(labels);
    const [, file, line] = /^(.*?):(\d+):\d+$/.exec(location) ?? ['', location, undefined];
    return [site, {
      'leakline.kind': kind,
      'leakline.label': label,
      ...(file ? { 'code.file.path': file } : {}),
      ...(line ? { 'code.line.number': Number(line) } : {}),
      ...(name ? { 'code.function.name': name } : {}),
    }];
  }));
}

function attributesOf(labels, places) {
  const own = Object.fromEntries(labels.map(([name, value]) => [ATTRIBUTES[name] ?? `leakline.${name}`, value]));
  const site = labels.find(([name]) => name === 'site')?.[1];
  return site === undefined ? own : { ...own, ...places.get(site) };
}

module.exports = { placesOf, attributesOf };
