// An OpenID provider on this machine: node provider.mjs <port> <redirect URI> <key id>
// Whoever gives the name "mari@acme.example" is that, whatever the password; "unconfirmed.…" is not confirmed.
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const [port, redirectUri, kid] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "dashboard",
      client_secret: "canary-client-secret~x",
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: "client_secret_post",
    },
  ],
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" }] },
  cookies: { keys: ["only for tests"] },
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  conformIdTokenClaims: false, // the address stands in the ID token, as it does at Google and Microsoft
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id, email_verified: !id.startsWith("unconfirmed.") }),
  }),
});

provider.listen(Number(port), "127.0.0.1", () => console.log(`ready ${issuer}`));
