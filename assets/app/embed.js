// The player alone on a page: its data stands in the page as JSON.

import { mount } from "../player/mount.js";
import { followAddress } from "./address.js";

const parent = document.getElementById("player");
parent.gradwalk = JSON.parse(document.getElementById("data").textContent);
followAddress(parent);
mount(parent, { ...parent.gradwalk, api: new URL("../", document.baseURI).href });
