// Every flow by openid-client, a certified client of OpenID Connect.
import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { allow, given, students } from './person.mjs'

const insecure = { execute: [client.allowInsecureRequests] } // on loopback there is no TLS
const issuer = new URL(given.issuer)
const found = (id, way) => client.discovery(issuer, id, undefined, way, insecure)

async function flow({ id, secret, redirect }) {
  const config = await found(id, secret ? client.ClientSecretBasic(secret) : client.None())
  const [verifier, state, nonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()]
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope: 'openid profile email offline_access students.view_student',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    prompt: 'consent',
    state,
    nonce,
  })
  const back = await allow(address)
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
  const tokens = await client.authorizationCodeGrant(config, back, checks)
  assert.equal(tokens.claims().sub, given.person)
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, given.person)).email, given.email)
  assert.equal(await students(tokens.access_token), 200)

  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token)
  assert.notEqual(renewed.refresh_token, tokens.refresh_token)
  assert.equal(await students(renewed.access_token), 200)
  if (secret) assert.equal((await client.tokenIntrospection(config, renewed.access_token)).active, true)
  await client.tokenRevocation(config, renewed.refresh_token)
  if (secret) assert.equal((await client.tokenIntrospection(config, renewed.access_token)).active, false)
  await assert.rejects(client.refreshTokenGrant(config, renewed.refresh_token), { error: 'invalid_grant' })
  await assert.rejects(client.authorizationCodeGrant(config, back, checks), { error: 'invalid_grant' })

  back.searchParams.set('iss', 'https://evil.example')
  await assert.rejects(client.authorizationCodeGrant(config, back, checks)) // the mix-up
}

await flow(given.confidential)
await flow(given.public)
const system = await found(given.system.id, client.ClientSecretBasic(given.system.secret))
const tokens = await client.clientCredentialsGrant(system, { scope: 'students.view_student' })
assert.equal(await students(tokens.access_token), 200)
console.log('every flow')
