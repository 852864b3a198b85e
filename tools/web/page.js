// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Takes reports from /events and shows them.  All text goes in as text, never
// as HTML.
"use strict";

const byId = id => document.getElementById(id);
const words = { busy: "busy", starved: "starved", blocked: "blocked", hot: "the bottleneck" };
let state = null;
let chosen = [];	// stages that someone has asked for
let suggested = [];
let paused = false;
let sort = { key: null, down: true };

function number(value) {
	const units = ["", "k", "M", "G", "T"];
	let unit = 0;
	while (value >= 999.5 && unit < 4) {
		value /= 1000;
		unit++;
	}
	return (value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)) + units[unit];
}

function duration(ns) {
	const units = ["ns", "µs", "ms", "s"];
	let unit = 0;
	while (ns >= 999.5 && unit < 3) {
		ns /= 1000;
		unit++;
	}
	return `${ns < 9.95 ? ns.toFixed(1) : Math.round(ns)} ${units[unit]}`;
}

const percent = share => `${(100 * share).toFixed(1)}%`;
const title = stage => stage.replica ? `${stage.name}.${stage.replica}` : stage.name;

function hottest(report) {
	let found = -1;
	report.stages.forEach((stage, i) => {
		if (stage.name === report.bottleneck &&
		    (found < 0 || stage.busy > report.stages[found].busy))
			found = i;
	});
	return found;
}

function mood(report, index) {
	const stage = report.stages[index];
	if (index === report.hot)
		return "hot";
	if (stage.blocked > stage.busy && stage.blocked > stage.starved)
		return "blocked";
	return stage.busy >= stage.starved ? "busy" : "starved";
}

// Changes text only where it differs, so that readers of screens rest.
function put(id, text) {
	const element = typeof id === "string" ? byId(id) : id;
	if (element.textContent !== text)
		element.textContent = text;
}

// An element for each item, made once and filled again and again.
function list(parent, count, create) {
	while (parent.children.length > count)
		parent.lastElementChild.remove();
	while (parent.children.length < count)
		parent.append(create());
	return [...parent.children];
}

function element(name, className, ...children) {
	const made = document.createElement(name);
	if (className)
		made.className = className;
	made.append(...children);
	return made;
}

function showTiles() {
	const hot = state.stages[state.hot];
	put("name", state.pipeline);
	document.title = `${state.pipeline}: ${hot ? hot.name + " is slow" : "no bottleneck"} – sluice`;
	put("state", state.state + (state.recorded ? ", recorded" : ""));
	byId("state").dataset.state = state.state;
	put("time", `pid ${state.pid}, ${state.at_s.toFixed(0)} s`);
	put("bottleneck", hot ? title(hot) : "none");
	put("why", hot ? `${percent(hot.busy)} busy, ${duration(hot.service_ns)} an event, queue ${number(hot.queue_mean)}`
		: "it waits for input");
	byId("bottleneck").parentElement.classList.toggle("is-hot", !!hot);
	put("spoken", hot ? `${title(hot)} is the bottleneck` : "no bottleneck");
	put("rate", number(state.stages.reduce((sum, stage) => sum + stage.events_per_s, 0)));
	put("waiting", number(state.stages.reduce((sum, stage) => sum + stage.queue_mean, 0)));
	put("memory", `${(state.memory.bytes / 1048576).toFixed(1)} MiB`);
	put("pressure", state.memory.pressure === "none" ? "in banks" : `memory is short: ${state.memory.pressure}`);
	put("changed", String(Math.max(state.plan_changes - 1, 0)));
}

function showCores() {
	const rows = list(byId("cores"), state.cores.length, () => element("li", "",
		element("span"), element("div", "bar", element("i")), element("span", "num"), element("span", "chips")));
	state.cores.forEach((core, worker) => {
		const [name, bar, share, chips] = rows[worker].children;
		const mine = state.stages.map((stage, i) => i).filter(i => {
			const stage = state.stages[i];
			return stage.core === core.cpu && stage.thread === core.thread;
		});
		put(name, core.thread ? `cpu ${core.cpu}/${core.thread}` : `cpu ${core.cpu}`);
		bar.firstElementChild.style.width = percent(Math.min(core.busy, 1));
		put(share, `${Math.round(100 * core.busy)}%`);
		list(chips, mine.length, () => element("span", "chip")).forEach((chip, i) => {
			chip.className = "chip " + mood(state, mine[i]);
			chip.title = words[mood(state, mine[i])];
			put(chip, title(state.stages[mine[i]]));
		});
	});
}

function showChanges() {
	const latest = state.changes.slice(-20).reverse();
	const rows = list(byId("changes"), Math.max(latest.length, 1), () => element("li"));
	if (!latest.length)
		put(rows[0], `none: ${state.plan}`);
	latest.forEach((change, i) => put(rows[i],
		`${change.at_s.toFixed(1)} s  ${change.kind}` + (change.why ? `, ${change.why}` : "") + `: ${change.plan}`));
}

const columns = [
	["stage", stage => title(stage), title],
	["core", stage => stage.core, stage => stage.thread ? `${stage.core}/${stage.thread}` : stage.core],
	["events/s", stage => stage.events_per_s, stage => number(stage.events_per_s)],
	["service", stage => stage.service_ns, stage => duration(stage.service_ns)],
	["residence", stage => stage.residence_us, stage => duration(1000 * stage.residence_us)],
	["batch", stage => stage.batch_mean, stage => stage.batch_mean.toFixed(1)],
	["queue", stage => stage.queue_mean, stage => number(stage.queue_mean)],
	["longest", stage => stage.queue_max, stage => number(stage.queue_max)],
	["busy", stage => stage.busy, stage => percent(stage.busy)],
	["starved", stage => stage.starved, stage => percent(stage.starved)],
	["blocked", stage => stage.blocked, stage => percent(stage.blocked)],
	["drops", stage => stage.drops, stage => number(stage.drops)],
	["bank", stage => stage.bank ? stage.bank.in_use / stage.bank.events : -1,
		stage => stage.bank ? percent(stage.bank.in_use / stage.bank.events) + (stage.bank.exhausted ? " !" : "") : "–"],
];

function makeHeadings() {
	columns.forEach(([name], key) => {
		const button = element("button", "", name);
		const heading = element("th", "", button);
		button.type = "button";
		heading.scope = "col";
		button.addEventListener("click", () => {
			sort = { key, down: sort.key === key ? !sort.down : key > 1 };
			[...byId("headings").children].forEach(one => one.removeAttribute("aria-sort"));
			heading.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
			showStages();
		});
		byId("headings").append(heading);
	});
}

function showStages() {
	const order = state.stages.map((stage, i) => i);
	if (sort.key !== null) {
		const value = columns[sort.key][1];
		order.sort((a, b) => {
			const x = value(state.stages[a]), y = value(state.stages[b]);
			return (x < y ? -1 : x > y ? 1 : 0) * (sort.down ? -1 : 1) || a - b;
		});
	}
	const rows = list(byId("rows"), order.length, () => {
		const row = element("tr", "", element("th"), ...columns.slice(1).map(() => element("td")));
		row.firstElementChild.scope = "row";
		return row;
	});
	order.forEach((index, at) => {
		rows[at].className = mood(state, index);
		columns.forEach(([name, , text], i) => {
			put(rows[at].children[i], String(text(state.stages[index])));
			if (name === "drops")
				rows[at].children[i].className = state.stages[index].drops ? "warn" : "";
		});
	});
}

function showHistory() {
	const names = state.stages.map(title);
	if (!chosen.length && (!suggested.length || state.stages.length <= History.LINES))
		suggested = History.suggest(state);
	const shown = chosen.length ? chosen : suggested;
	History.draw(state, shown, names, number);
	put("shown", chosen.length ? "The stages that you chose; choose one again to leave it out." :
		state.stages.length > History.LINES ? "Those with the longest queues; choose others in the picture above." : "");
	list(byId("lines"), shown.length, () => element("li", "", element("i", "mark"), element("span"))).forEach((line, i) => {
		line.firstElementChild.style.background = History.colour(shown[i]);
		put(line.lastElementChild, names[shown[i]]);
	});
}

function choose(index) {
	if (chosen.includes(index))
		chosen = chosen.filter(one => one !== index);
	else
		chosen = [...chosen, index].slice(-History.LINES);
	show();
}

function show() {
	if (!state)
		return;
	state.hot = hottest(state);
	showTiles();
	if (!state.stages.length)
		return;
	Graph.draw(byId("graph"), state, chosen, { mood, words, number, choose });
	showHistory();
	showCores();
	showChanges();
	showStages();
}

function take(report) {
	if (state && state.pid !== report.pid) {
		chosen = [];
		suggested = [];
	}
	if (report.stages.length)
		History.add(report);
	if (paused)
		return;
	state = report;
	show();
}

// With ?still it shows one report and asks for no more: for pictures of it.
function listen() {
	if (location.search === "?still") {
		fetch("api/stats.json").then(answer => answer.json()).then(take);
		return;
	}
	const events = new EventSource("events");
	events.addEventListener("message", event => take(JSON.parse(event.data)));
	events.addEventListener("error", () => {
		put("state", "connection lost, trying again");
		byId("state").dataset.state = "lost";
	});
}

byId("pause").addEventListener("click", () => {
	paused = !paused;
	byId("pause").setAttribute("aria-pressed", paused);
	put(byId("pause"), paused ? "Go on" : "Pause");
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
	History.restyle();
	show();
});
let resized = 0;
window.addEventListener("resize", () => {
	cancelAnimationFrame(resized);
	resized = requestAnimationFrame(show);
});
makeHeadings();
fetch("api/history.json").then(answer => answer.json()).then(history => {
	if (history.at_s.length)
		History.load(history);
}).catch(() => {}).finally(listen);
