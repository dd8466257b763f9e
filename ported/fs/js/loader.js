'use strict';

/**
 * What the module loader asks.
 * @param {import('./frame.js').Frame} frame
 * @returns {object} Functions of the binding, by name.
 */
module.exports = function loader({ addon, internals, numbers, hide, coded }) {
  const { requireBuiltin } = internals;
  const { EXTENSIONLESS_FORMAT_JAVASCRIPT, EXTENSIONLESS_FORMAT_WASM } = internals.internalBinding('constants').internal;
  const { resolve } = requireBuiltin('path');
  const { unescapeBuffer } = requireBuiltin('querystring');
  const { URL } = requireBuiltin('internal/url');

  function internalModuleStat(path) {
    addon.moduleStat(path);
    return numbers[0];
  }

  function getFormatOfExtensionlessFile(path) {
    return addon.isWebAssembly(path) ? EXTENSIONLESS_FORMAT_WASM : EXTENSIONLESS_FORMAT_JAVASCRIPT;
  }

  /** The number of the file that lib looks up in its list; throws when the package has none of them. */
  function legacyMainResolve(folder, main, base) {
    const index = resolve(folder, './index');
    const mainPath = typeof main === 'string' ? resolve(folder, main) : undefined;
    const found = mainPath === undefined ? addon.legacyMain(index) : addon.legacyMain(index, mainPath);
    if (found !== undefined) return found;
    throw hide(notFound(mainPath ?? `${index}.js`, base), legacyMainResolve);
  }

  function notFound(wanted, base) {
    if (typeof base !== 'string') {
      return coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'The "base" argument must be of type string or an instance of URL.');
    }
    const url = URL.parse(base);
    if (url === null) return coded(TypeError, 'ERR_INVALID_URL', 'Invalid URL');
    if (url.protocol !== 'file:') return coded(TypeError, 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file:');
    // Natively this ends the process, for want of a placeholder in the message.
    if (url.hostname !== '') return coded(TypeError, 'ERR_INVALID_FILE_URL_HOST', `File URL host must be "localhost" or empty on ${process.platform}`);
    if (/%2f/i.test(url.pathname)) return coded(TypeError, 'ERR_INVALID_FILE_URL_PATH', 'File URL path must not include encoded / characters');
    const importer = unescapeBuffer(url.pathname).toString();
    return coded(Error, 'ERR_MODULE_NOT_FOUND', `Cannot find package '${wanted.toWellFormed()}' imported from ${importer}`);
  }

  return { getFormatOfExtensionlessFile, internalModuleStat, legacyMainResolve };
};
