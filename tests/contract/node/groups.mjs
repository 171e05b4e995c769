// Lists, creates, renames and deletes groups by the vendor's Node client: node groups.mjs <URL of the API>
// It deletes every group that is there, makes one, renames it, and prints what it was answered.
import MessenteApi from "messente_api";

const client = MessenteApi.ApiClient.instance;
client.basePath = process.argv[2];
Object.assign(client.authentications.basicAuth, { username: "sandbox", password: "sandbox" });
const api = new MessenteApi.GroupsApi();

const call = (operation, ...args) =>
  new Promise((resolve, reject) =>
    api[operation](...args, (error, data) => (error ? reject(error) : resolve(data))),
  );

const { groups: found } = await call("fetchGroups");
for (const { id } of found) await call("deleteGroup", id);
const refusal = await call("deleteGroup", found[0].id).catch((error) => error.response);

const { group: created } = await call("createGroup", { name: "Õhtune vahetus 🎉" });
const { group: renamed } = await call("updateGroup", created.id, { name: "Päevane vahetus" });
const { group: fetched } = await call("fetchGroup", created.id);

console.log(
  JSON.stringify({ found, refused: { status: refusal.status, body: refusal.body }, created, renamed, fetched }),
);
