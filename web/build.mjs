// Bundles the script that draws charts in a report, and copies the fonts, into
// the first folder named on the command line, and builds the workbench's page
// into the second.
import { build } from 'esbuild'
import { build as page } from 'vite'
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

const workbench = resolve(process.argv[3] || join(here, '../workbench/assets'))
const files = new Set()
await page({
  root: join(here, 'workbench'),
  logLevel: 'error',
  build: { outDir: workbench, emptyOutDir: true },
  plugins: [{ name: 'files', generateBundle (_, bundle) { for (const part of Object.values(bundle)) for (const id of part.moduleIds || []) files.add(id) } }]
})

// Every package that ended up in what is shipped, with its version and licence.
const used = new Set(['@fontsource/ibm-plex-sans', '@fontsource/ibm-plex-mono'])
licences(target, used, 'a report', Object.keys(result.metafile.inputs))
licences(workbench, new Set(), 'the workbench', files)

function licences (folder, used, what, paths) {
  for (const path of paths) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)
    if (found) used.add(found[1])
  }
  const lines = [...used].sort().map(name => {
    const source = join(here, 'node_modules', name)
    const about = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
    const file = readdirSync(source).sort().find(f => /^licen[cs]e/i.test(f))
    const text = file ? readFileSync(join(source, file), 'utf8').trim() : ''
    return { title: `${name} ${about.version}, ${about.license}`, text }
  })
  writeFileSync(join(folder, 'LICENSES.txt'), `Software and fonts inside ${what}, made from web/ by "npm run build".\n\n` +
    lines.map(l => l.title).join('\n') + '\n\n' +
    lines.filter(l => l.text).map(l => '---- ' + l.title + '\n\n' + l.text).join('\n\n') + '\n')
}
