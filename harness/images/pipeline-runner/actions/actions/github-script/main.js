// Stand-in for actions/github-script: the script runs in Node.js; calls of GitHub's API go to the platform's record.
// Sources: the action's own README, those of @actions/core and @actions/exec, and that of octokit's request and paginate.
'use strict'
const child = require('child_process')
const crypto = require('crypto')
const fs = require('fs')
const { createRequire } = require('module')
const net = require('net')
const path = require('path')

const SOCKET = '/work/platform/socket'
const input = name => (process.env[`INPUT_${name.replace(/ /g, '_').toUpperCase()}`] || '').trim()
const plain = value => value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)
const escaped = text => plain(text).replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')

function append(variable, name, value) {
  const mark = `end_${crypto.randomUUID()}`
  fs.appendFileSync(process.env[variable], `${name}<<${mark}\n${plain(value)}\n${mark}\n`)
}

const say = kind => message => console.log(`::${kind}::${escaped(message instanceof Error ? message.message : message)}`)
const summary = new Proxy({
  text: '',
  addRaw(text) { this.text += text; return this },
  addEOL() { return this.addRaw('\n') },
  addHeading(text, level = 1) { return this.addRaw(`<h${level}>${text}</h${level}>\n`) },
  async write() { fs.appendFileSync(process.env.GITHUB_STEP_SUMMARY, this.text); this.text = ''; return this }
}, { get: (known, name) => name in known || !String(name).startsWith('add') ? known[name] : function (...told) { return this.addRaw(`${told[0]}\n`) } })
const core = {
  debug: say('debug'), notice: say('notice'), warning: say('warning'), error: say('error'),
  info: message => console.log(message),
  setOutput: (name, value) => append('GITHUB_OUTPUT', name, value),
  exportVariable: (name, value) => { process.env[name] = plain(value); append('GITHUB_ENV', name, value) },
  setFailed: message => { process.exitCode = 1; core.error(message) },
  setSecret: value => console.log(`::add-mask::${value}`),
  getInput: input,
  startGroup: name => console.log(`::group::${name}`),
  endGroup: () => console.log('::endgroup::'),
  group: async (name, work) => { core.startGroup(name); try { return await work() } finally { core.endGroup() } },
  summary
}

const payload = JSON.parse(fs.readFileSync(process.env.GITHUB_EVENT_PATH, 'utf8'))
const [owner, repo] = process.env.GITHUB_REPOSITORY.split('/')
const number = (payload.issue || payload.pull_request || payload).number
const context = {
  payload, repo: { owner, repo }, issue: { owner, repo, number },
  eventName: process.env.GITHUB_EVENT_NAME, sha: process.env.GITHUB_SHA, ref: process.env.GITHUB_REF,
  workflow: process.env.GITHUB_WORKFLOW, job: process.env.GITHUB_JOB, actor: process.env.GITHUB_ACTOR,
  runId: Number(process.env.GITHUB_RUN_ID), runNumber: Number(process.env.GITHUB_RUN_NUMBER),
  serverUrl: process.env.GITHUB_SERVER_URL, apiUrl: process.env.GITHUB_API_URL
}

function ask(message) {
  return new Promise((resolve, reject) => {
    let answer = ''
    const line = net.connect(SOCKET, () => line.write(JSON.stringify(message) + '\n'))
    line.setTimeout(20000, () => line.destroy(new Error('the platform did not answer')))
    line.on('data', data => { answer += data })
    line.on('error', reject)
    line.on('end', () => { try { resolve(JSON.parse(answer)) } catch (problem) { reject(problem) } })
  })
}

class HttpError extends Error {
  constructor(answer) {
    super(answer.error)
    Object.assign(this, { name: 'HttpError', status: answer.status, response: { status: answer.status, data: { message: answer.error } } })
  }
}

function octokit(token) {
  async function call(name, args) {
    const { headers, mediaType, ...given } = args || {}
    const answer = await ask({ do: 'call', call: name, arguments: given, workflow: context.workflow, job: context.job, token })
    if (answer.error) throw new HttpError(answer)
    if (answer.bytes === undefined) return { status: 200, url: context.apiUrl, headers: {}, data: answer.data }
    return { status: 200, headers: {}, data: Uint8Array.from(Buffer.from(answer.bytes, 'base64')).buffer }
  }
  // What a route may be: its text, or an object with method and url, as @octokit/request takes them.
  function request(route, args) {
    if (typeof route === 'string') return call(route.includes(' ') ? route : `GET ${route}`, args)
    const { method = 'GET', url, ...given } = route
    return call(`${method} ${url}`, given)
  }
  function bound(name) {
    const method = args => call(name, args)
    method.endpoint = args => ({ ...args, asked: name })
    method.endpoint.merge = method.endpoint
    return method
  }
  const space = name => new Proxy({}, { get: (_, method) => bound(`${name}.${String(method)}`) })
  const spaces = new Proxy({}, { get: (_, name) => space(String(name)) })
  async function paginate(method, args, map) {
    const asked = typeof args === 'function' ? undefined : args
    const change = typeof args === 'function' ? args : map
    const page = typeof method === 'function' ? method : given => method.asked ? call(method.asked, { ...method, ...given }) : request(method, given)
    const answer = await page(asked)
    const inside = Array.isArray(answer.data) ? answer.data : Object.values(answer.data || {}).find(Array.isArray) || []
    return change ? [].concat(change({ ...answer, data: inside }, () => {})) : inside
  }
  paginate.iterator = async function * (method, args) { yield { status: 200, headers: {}, data: await paginate(method, args) } }
  const graphql = async () => { throw new HttpError({ status: 404, error: 'github.graphql is not played here' }) }
  return { rest: spaces, request, paginate, graphql, log: console, actions: spaces.actions, checks: spaces.checks, git: spaces.git, issues: spaces.issues, pulls: spaces.pulls, repos: spaces.repos }
}

function run(line, args = [], options = {}) {
  const [command, ...words] = args.length ? [...line.split(' '), ...args] : ['bash', '-c', line]
  const done = child.spawnSync(command, words, { cwd: options.cwd, env: options.env, input: options.input, encoding: 'utf8' })
  if (!options.silent) process.stdout.write(`${done.stdout || ''}${done.stderr || ''}`)
  if (done.status !== 0 && !options.ignoreReturnCode) throw new Error(`The process '${command}' failed with exit code ${done.status}`)
  return { exitCode: done.status, stdout: done.stdout || '', stderr: done.stderr || '' }
}
const exec = { exec: async (...told) => run(...told).exitCode, getExecOutput: async (...told) => run(...told) }
const io = {
  mkdirP: async folder => { fs.mkdirSync(folder, { recursive: true }) },
  rmRF: async place => fs.rmSync(place, { recursive: true, force: true }),
  cp: async (from, to, options = {}) => fs.cpSync(from, to, { recursive: Boolean(options.recursive) }),
  mv: async (from, to) => fs.renameSync(from, to)
}
const github = octokit(input('github-token'))

async function main() {
  const AsyncFunction = Object.getPrototypeOf(main).constructor
  const names = ['require', '__original_require__', 'github', 'octokit', 'getOctokit', 'context', 'core', 'exec', 'io']
  const script = new AsyncFunction(...names, input('script'))
  const here = createRequire(path.join(process.cwd(), 'script.js')) // paths are those of the job's folder
  const result = await script(here, require, github, github, octokit, context, core, exec, io)
  core.setOutput('result', input('result-encoding') === 'string' ? String(result) : JSON.stringify(result))
}

main().catch(problem => {
  console.error(problem)
  core.setFailed(`Unhandled error: ${problem}`)
})
