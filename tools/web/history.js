// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Charts of the last minutes, with a mark where the plan changed.
"use strict";

const History = (() => {
	const KEEP = 600;
	const LINES = 8;	// colours that can be told apart
	let at = [];		// seconds since the pipeline started
	let series = { rate: [], queue: [] };	// a row for each stage
	let charts = [];
	let changes = [];
	let slots = [];		// stage by colour, so that a line keeps its own

	const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

	// A dashed line, and the kind of change beside it where there is room.
	const marks = {
		id: "marks",
		afterDatasetsDraw(chart) {
			const { ctx, chartArea: area, scales: { x } } = chart;
			let last = -Infinity;
			ctx.save();
			ctx.strokeStyle = ctx.fillStyle = style("--quiet");
			ctx.font = "11px system-ui, sans-serif";
			ctx.setLineDash([4, 3]);
			for (const change of changes) {
				if (change.at_s < x.min || change.at_s > x.max)
					continue;
				const where = x.getPixelForValue(change.at_s);
				ctx.beginPath();
				ctx.moveTo(where, area.top);
				ctx.lineTo(where, area.bottom);
				ctx.stroke();
				if (where - last > 48 && where < area.right - 40) {
					ctx.fillText(change.kind, where + 4, area.top + 10);
					last = where;
				}
			}
			ctx.restore();
		},
	};

	function make(canvas, brief) {
		const axis = () => ({
			grid: { color: style("--grid"), borderColor: style("--line") },
			ticks: { color: style("--quiet"), maxTicksLimit: 6, maxRotation: 0 },
		});
		const x = axis(), y = axis();
		x.type = "linear";
		x.ticks.callback = value => `${Math.round(value)} s`;
		y.beginAtZero = true;
		y.ticks.callback = value => brief(value);
		return new Chart(canvas, {
			type: "line",
			data: { datasets: [] },
			plugins: [marks],
			options: {
				animation: false, parsing: false, normalized: true,
				responsive: true, maintainAspectRatio: false,
				interaction: { mode: "index", intersect: false },
				elements: { point: { radius: 0, hitRadius: 8 }, line: { borderWidth: 2 } },
				scales: { x, y },
				plugins: {
					legend: { display: false },
					tooltip: { callbacks: {
						title: items => items.length ? `${items[0].parsed.x.toFixed(1)} s` : "",
						label: item => ` ${item.dataset.label}: ${brief(item.parsed.y)}`,
					} },
				},
			},
		});
	}

	function assign(shown) {
		slots = slots.map(stage => shown.includes(stage) ? stage : null);
		for (const stage of shown)
			if (!slots.includes(stage)) {
				const free = slots.indexOf(null);
				slots[free < 0 ? slots.length : free] = stage;
			}
	}

	return {
		LINES,
		colour: stage => style(`--line-${Math.max(slots.indexOf(stage), 0) % LINES}`),
		load(history) {
			at = history.at_s;
			series = { rate: history.rate, queue: history.queue };
		},
		// Returns whether time went backwards: another pipeline, then.
		add(state) {
			if (at.length && state.at_s < at[at.length - 1])
				at = [];
			if (!at.length)
				series = { rate: state.stages.map(() => []), queue: state.stages.map(() => []) };
			if (at.length && state.at_s === at[at.length - 1])
				return;
			at.push(state.at_s);
			state.stages.forEach((stage, i) => {
				(series.rate[i] = series.rate[i] || []).push(stage.events_per_s);
				(series.queue[i] = series.queue[i] || []).push(stage.queue_mean);
			});
			if (at.length > KEEP) {
				at.shift();
				series.rate.forEach(row => row.shift());
				series.queue.forEach(row => row.shift());
			}
		},
		// Stages that are worth a line if nobody has chosen: long queues first.
		suggest(state) {
			const weight = i => state.stages[i].queue_mean * 1e3 + state.stages[i].busy;
			const all = state.stages.map((stage, i) => i);
			if (all.length <= LINES)
				return all;
			return all.sort((a, b) => weight(b) - weight(a)).slice(0, LINES).sort((a, b) => a - b);
		},
		draw(state, shown, names, brief) {
			if (!charts.length)
				charts = [["queues", "queue"], ["rates", "rate"]].map(([id, key]) =>
					({ key, chart: make(document.getElementById(id), brief) }));
			assign(shown);
			changes = state.changes;
			for (const { key, chart } of charts) {
				chart.data.datasets = shown.map(stage => ({
					label: names[stage],
					borderColor: History.colour(stage),
					backgroundColor: History.colour(stage),
					data: at.map((x, i) => ({ x, y: (series[key][stage] || [])[i] || 0 })),
				}));
				chart.options.scales.x.min = at[0];
				chart.options.scales.x.max = at[at.length - 1];
				chart.update("none");
			}
		},
		// Colours are read when a chart is made.
		restyle() {
			charts.forEach(({ chart }) => chart.destroy());
			charts = [];
		},
	};
})();
