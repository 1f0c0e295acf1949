// The player alone on a page: its data stands in the page as JSON.

import { show } from "./page.js";

const data = JSON.parse(document.getElementById("data").textContent);
show(document.getElementById("player"), data, new URL("../", document.baseURI).href, Infinity);
