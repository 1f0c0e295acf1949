// The player alone on a page: its data stands in the page as JSON.

import { mount } from "../player/mount.js";

const data = JSON.parse(document.getElementById("data").textContent);
mount(document.getElementById("player"), { ...data, api: new URL("../", document.baseURI).href });
