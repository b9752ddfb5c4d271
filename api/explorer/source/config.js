// What the server wrote into the page: { endpoint, token, examples }.
export const config = JSON.parse(document.getElementById("explorer-config").textContent);
