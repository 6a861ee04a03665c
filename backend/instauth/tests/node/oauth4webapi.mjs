// Every flow by oauth4webapi, which checks each answer to the letter of the standards.
import assert from 'node:assert/strict'
import * as oauth from 'oauth4webapi'
import { allow, given, students } from './person.mjs'

const insecure = { [oauth.allowInsecureRequests]: true } // on loopback there is no TLS
const issuer = new URL(given.issuer)

async function discovered(algorithm) {
  const answer = await oauth.discoveryRequest(issuer, { algorithm, ...insecure })
  return oauth.processDiscoveryResponse(issuer, answer)
}

const server = await discovered('oidc')
assert.deepEqual(await discovered('oauth2'), server)

async function flow({ id, secret, redirect }) {
  const client = { client_id: id }
  const way = secret ? oauth.ClientSecretPost(secret) : oauth.None()
  const verifier = oauth.generateRandomCodeVerifier()
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
  const address = new URL(server.authorization_endpoint)
  address.search = new URLSearchParams({
    client_id: id,
    redirect_uri: redirect,
    response_type: 'code',
    scope: 'openid profile email offline_access students.view_student',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    prompt: 'consent',
    state,
    nonce,
  })
  const back = await allow(address)
  const params = oauth.validateAuthResponse(server, client, back, state)
  const redeem = () => oauth.authorizationCodeGrantRequest(server, client, way, params, redirect, verifier, insecure)
  const answer = await redeem()
  const checks = { expectedNonce: nonce, requireIdToken: true }
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, checks)
  await oauth.validateApplicationLevelSignature(server, answer, insecure)
  const claims = oauth.getValidatedIdTokenClaims(tokens)
  assert.equal(claims.sub, given.person)
  const told = await oauth.userInfoRequest(server, client, tokens.access_token, insecure)
  assert.equal((await oauth.processUserInfoResponse(server, client, claims.sub, told)).email, given.email)
  assert.equal(await students(tokens.access_token), 200)

  const renew = async (token) => {
    const renewed = await oauth.refreshTokenGrantRequest(server, client, way, token, insecure)
    return oauth.processRefreshTokenResponse(server, client, renewed)
  }
  const renewed = await renew(tokens.refresh_token)
  assert.equal(await students(renewed.access_token), 200)
  const isActive = async () => {
    const seen = await oauth.introspectionRequest(server, client, way, renewed.access_token, insecure)
    return (await oauth.processIntrospectionResponse(server, client, seen)).active
  }
  if (secret) assert.equal(await isActive(), true)
  const revoked = await oauth.revocationRequest(server, client, way, renewed.access_token, insecure)
  await oauth.processRevocationResponse(revoked)
  if (secret) assert.equal(await isActive(), false)
  await assert.rejects(renew(renewed.refresh_token), { error: 'invalid_grant' })
  await assert.rejects(
    redeem().then((again) => oauth.processAuthorizationCodeResponse(server, client, again, checks)),
    { error: 'invalid_grant' },
  )
  back.searchParams.set('iss', 'https://evil.example')
  assert.throws(() => oauth.validateAuthResponse(server, client, back, state)) // the mix-up
}

await flow(given.confidential)
await flow(given.public)
const client = { client_id: given.system.id }
const way = oauth.ClientSecretBasic(given.system.secret)
const asked = await oauth.clientCredentialsGrantRequest(server, client, way, new URLSearchParams(), insecure)
const tokens = await oauth.processClientCredentialsResponse(server, client, asked)
assert.equal(await students(tokens.access_token), 200)
console.log('every flow')
