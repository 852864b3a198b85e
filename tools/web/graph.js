// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The pipeline as SVG.  Columns, rows and lanes come from the server; where a
// pipeline is wider than the window, it goes on below, as text does.
"use strict";

const Graph = (() => {
	const NS = "http://www.w3.org/2000/svg";
	const BOX = 98, HIGH = 58, GAP = 46, ROW = 78, MARGIN = 12;
	let shape = "";		// what is drawn now; redrawn if it changes
	let stages = [];	// elements that change with each report

	function make(name, attributes, parent, text) {
		const element = document.createElementNS(NS, name);
		for (const key in attributes)
			element.setAttribute(key, attributes[key]);
		if (text !== undefined)
			element.textContent = text;
		parent.append(element);
		return element;
	}

	// Half a bar is a queue of 32, three quarters one of 96: all are seen.
	const share = queue => queue / (queue + 32);

	// A band is as high as its stages, and the edges that pass them, need.
	function bandTops(layout, perBand) {
		const rows = Array(Math.ceil(layout.columns / perBand) || 1).fill(1);
		const need = (column, row) => {
			const band = Math.floor(column / perBand);
			rows[band] = Math.max(rows[band], row + 1);
		};
		layout.cells.forEach(([column, row]) => need(column, row));
		for (const edge of layout.edges)
			for (let column = layout.cells[edge.from][0] + 1; column < layout.cells[edge.to][0]; column++)
				need(column, edge.lane);
		const tops = [0];
		rows.forEach((count, band) => tops.push(tops[band] + count));
		return tops;
	}

	function place(layout, width) {
		const fit = Math.max(1, Math.floor((width - 2 * MARGIN + GAP) / (BOX + GAP)));
		const perBand = Math.min(fit, Math.max(layout.columns, 1));
		// What one column needs may be more than a narrow window has.
		const room = Math.max(width, BOX + GAP + 2 * MARGIN);
		const step = perBand > 1 ?
			Math.min((room - 2 * MARGIN - BOX) / (perBand - 1), BOX + 2 * GAP) : BOX + GAP;
		const tops = bandTops(layout, perBand);
		return {
			perBand, step, room,
			lines: tops[tops.length - 1],
			x: column => MARGIN + column % perBand * step,
			y: (column, row) =>
				(tops[Math.floor(column / perBand)] + row) * ROW + MARGIN + 6,
			wraps: column => (column + 1) % perBand === 0,
		};
	}

	// An edge as pieces, one for each band that it touches.
	function pieces(layout, at, edge) {
		const [from, fromRow] = layout.cells[edge.from];
		const [to, toRow] = layout.cells[edge.to];
		const middle = HIGH / 2;
		let path = "", open = false;
		for (let column = from; column < to; column++) {
			const row = column === from ? fromRow : edge.lane;
			const next = column + 1 === to ? toRow : edge.lane;
			const x = at.x(column) + BOX, y = at.y(column, row) + middle;
			const nextY = at.y(column + 1, next) + middle;
			if (!open)
				path += `M${x} ${y}`;
			open = true;
			if (at.wraps(column)) {
				const end = Math.min(x + 14, at.room - 1);
				path += `H${end}M${Math.max(at.x(column + 1) - MARGIN, 0)} ${nextY}`;
			} else {
				const turn = x + Math.min((at.step - BOX) / 5, 12);
				path += `H${turn}V${nextY}`;
			}
			path += `H${at.x(column + 1) + (column + 1 === to ? 0 : BOX)}`;
		}
		return path;
	}

	function drawEdges(svg, state, at) {
		for (const edge of state.layout.edges) {
			const link = state.links[edge.requests];
			const fused = link && !link.slots;
			const path = pieces(state.layout, at, edge);
			make("path", { d: path, class: fused ? "edge fused" : "edge" }, svg);
			if (fused)
				make("path", { d: path, class: "edge inner" }, svg);
		}
	}

	function drawStage(svg, state, at, index, choose) {
		const stage = state.stages[index];
		const [column, row] = state.layout.cells[index];
		const x = at.x(column), y = at.y(column, row);
		const group = make("g", { class: "stage", tabindex: 0, role: "button",
			"data-stage": index, transform: `translate(${x} ${y})` }, svg);
		const title = stage.replica ? `${stage.name}.${stage.replica}` : stage.name;
		const clip = text => text.length > 11 ? text.slice(0, 10) + "…" : text;
		const parts = { group, title };
		make("rect", { class: "box", width: BOX, height: HIGH, rx: 6 }, group);
		make("rect", { class: "stripe", x: 1, y: 6, width: 4, height: HIGH - 12, rx: 2 }, group);
		parts.name = make("text", { class: "name", x: 12, y: 19 }, group, "");
		parts.short = clip(title);
		parts.word = make("text", { class: "small", x: 12, y: 34 }, group, "");
		make("rect", { class: "track", x: 12, y: 42, width: BOX - 24, height: 7, rx: 2 }, group);
		parts.fill = make("rect", { class: "fill", x: 12, y: 42, width: 0, height: 7, rx: 2 }, group);
		if (column && !(column % at.perBand === 0)) {
			const wide = Math.min(at.step - BOX - 26, 70);
			parts.wide = wide;
			make("rect", { class: "track", x: -8 - wide, y: HIGH / 2 - 6, width: wide, height: 12, rx: 2 }, group);
			parts.queue = make("rect", { class: "queue", y: HIGH / 2 - 6, height: 12, rx: 2 }, group);
			parts.length = make("text", { class: "small", x: -8, y: HIGH / 2 + 20, "text-anchor": "end" }, group, "");
		} else if (column) {
			parts.length = make("text", { class: "small", x: 0, y: -4 }, group, "");
			parts.says = "queue ";
		}
		if (column)
			make("path", { class: "head", d: `M-8 ${HIGH / 2 - 5}L0 ${HIGH / 2}L-8 ${HIGH / 2 + 5}Z` }, group);
		group.addEventListener("click", () => choose(index));
		group.addEventListener("keydown", event => {
			if (event.key === "Enter" || event.key === " ") {
				event.preventDefault();
				choose(index);
			}
		});
		return parts;
	}

	function build(holder, state, width, choose) {
		const at = place(state.layout, width);
		const high = at.lines * ROW + MARGIN;
		const focused = document.activeElement && document.activeElement.dataset ?
			document.activeElement.dataset.stage : undefined;
		const svg = document.createElementNS(NS, "svg");
		svg.setAttribute("viewBox", `0 0 ${Math.round(at.room)} ${high}`);
		svg.setAttribute("role", "group");
		svg.setAttribute("aria-label", "Stages of the pipeline, from left to right");
		drawEdges(svg, state, at);
		stages = state.stages.map((stage, index) => drawStage(svg, state, at, index, choose));
		holder.replaceChildren(svg);
		if (focused !== undefined && stages[focused])
			stages[focused].group.focus();
	}

	function update(state, chosen, helpers) {
		state.stages.forEach((stage, index) => {
			const parts = stages[index];
			const mood = helpers.mood(state, index);
			const busy = Math.round(100 * stage.busy);
			parts.group.setAttribute("class", "stage " + mood);
			parts.group.setAttribute("aria-pressed", chosen.includes(index));
			parts.group.setAttribute("aria-label",
				`${parts.title}, cpu ${stage.core}, ${helpers.words[mood]}, ${busy} % busy, ` +
				`queue ${helpers.number(stage.queue_mean)}, ${helpers.number(stage.events_per_s)} events a second`);
			// Whoever sees no colours sees a mark.
			parts.name.textContent = parts.short + (mood === "hot" ? " !" : "");
			parts.word.textContent = `${busy}% · cpu ${stage.core}`;
			parts.fill.setAttribute("width", (BOX - 24) * Math.min(stage.busy, 1));
			if (parts.queue) {
				const wide = parts.wide * share(stage.queue_mean);
				parts.queue.setAttribute("x", -8 - wide);
				parts.queue.setAttribute("width", wide);
			}
			if (parts.length)
				parts.length.textContent = (parts.says || "") + helpers.number(stage.queue_mean);
		});
	}

	return {
		draw(holder, state, chosen, helpers) {
			const width = Math.max(holder.clientWidth, 240);
			const now = JSON.stringify([width, state.pid, state.layout,
				state.links.map(link => !link.slots)]);
			if (now !== shape) {
				shape = now;
				build(holder, state, width, helpers.choose);
			}
			update(state, chosen, helpers);
		},
	};
})();
