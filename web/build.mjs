// Bundles the script that draws charts, and copies the fonts, into the folder
// named on the command line.
import { build } from 'esbuild'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const target = resolve(process.argv[2] || join(here, '../report/assets'))
mkdirSync(target, { recursive: true })

const result = await build({
  entryPoints: [join(here, 'src/handover.js')],
  outfile: join(target, 'handover.js'),
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  charset: 'ascii',
  legalComments: 'none',
  metafile: true,
  absWorkingDir: here
})

const fonts = [['sans', 400], ['sans', 500], ['sans', 600], ['mono', 400]]
for (const [kind, weight] of fonts) {
  copyFileSync(join(here, `node_modules/@fontsource/ibm-plex-${kind}/files/ibm-plex-${kind}-latin-${weight}-normal.woff2`), join(target, `ibm-plex-${kind}-${weight}.woff2`))
}

// Every package that ended up in what is shipped, with its version and licence.
const used = new Set(['@fontsource/ibm-plex-sans', '@fontsource/ibm-plex-mono'])
for (const path of Object.keys(result.metafile.inputs)) {
  const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)
  if (found) used.add(found[1])
}
const lines = [...used].sort().map(name => {
  const folder = join(here, 'node_modules', name)
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).sort().find(f => /^licen[cs]e/i.test(f))
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : ''
  return { title: `${name} ${about.version}, ${about.license}`, text }
})
writeFileSync(join(target, 'LICENSES.txt'), 'Software and fonts inside a report, made from web/ by "npm run build".\n\n' +
  lines.map(l => l.title).join('\n') + '\n\n' +
  lines.filter(l => l.text).map(l => '---- ' + l.title + '\n\n' + l.text).join('\n\n') + '\n')
