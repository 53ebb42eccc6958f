/** The page's life: one console, mounted once, started once. */
import { mount } from "svelte";
import "maplibre-gl/dist/maplibre-gl.css";
import "./app.css";
import App from "./App.svelte";
import { Console } from "./lib/console.svelte";
import { exposeState } from "./lib/exposed";

const target = document.getElementById("app");
if (!target) throw new Error("the page has no #app to stand in");

const room = new Console();
exposeState(room);
mount(App, { target, props: { room } });
void room.start();
