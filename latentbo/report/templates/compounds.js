{
  // The table of all rows, which sorts, filters and draws as it is scrolled; dots that show what they
  // are; buttons that copy. Everything a user named is put into the page as text, never as markup.
  const source = document.querySelector("#data");
  const { columns, rows, drawings, plots } = JSON.parse(source.textContent);
  const CHUNK = 100;
  const NEAR = 14;
  const texts = columns.findIndex((column) => column.string);

  const shown = (cell, column) => {
    if (cell === null) return "–";
    if (typeof cell === "string") return cell;
    return cell.toFixed(column.decimals).replace("-", "−");
  };
  const made = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const thumbnail = (row) => {
    const box = made("div", { className: "thumb" });
    // The drawings are our own, without a word of the user's.
    box.innerHTML = drawings[row] ?? "";
    return box;
  };

  const said = document.querySelector("#said");
  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Where the browser gives pages of files no clipboard.
      const area = made("textarea", { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    await copied(button.dataset.copy);
    button.classList.add("done");
    said.textContent = `copied ${button.dataset.copy}`;
    setTimeout(() => button.classList.remove("done"), 1500);
  });

  const table = document.querySelector("#compounds");
  let find = () => {};
  if (table) {
    const body = table.tBodies[0];
    const box = table.closest(".scroll");
    const count = document.querySelector("#count");
    const heads = [...table.tHead.rows[0].cells].slice(1);
    let order = rows.map((_, row) => row);
    let sorting = null;
    let drawn = 0;

    const cellOf = (content, column) => {
      const text = shown(content, column);
      const kind = column.number ? "n" : column.string ? "string" : "";
      const cell = made("td", { className: kind }, text);
      if (column.copy && content) {
        const button = made("button", { type: "button", className: "copy" }, "copy");
        button.dataset.copy = content;
        button.setAttribute("aria-label", `copy ${column.name} ${content}`);
        cell.append(button);
      }
      return cell;
    };
    const drawMore = () => {
      const next = order.slice(drawn, drawn + CHUNK);
      drawn += next.length;
      body.append(
        ...next.map((row) => {
          const cells = columns.map((column, place) => cellOf(rows[row][place], column));
          return made("tr", {}, made("td", {}, thumbnail(row)), ...cells);
        }),
      );
    };
    const redraw = () => {
      body.replaceChildren();
      box.scrollTop = 0;
      drawn = 0;
      drawMore();
      const all = rows.length.toLocaleString("en");
      const some = order.length.toLocaleString("en");
      count.textContent = order.length < rows.length ? `${some} of ${all} rows.` : `${all} rows.`;
    };
    box.addEventListener("scroll", () => {
      const isNear = box.scrollTop + 2 * box.clientHeight > box.scrollHeight;
      if (isNear && drawn < order.length) drawMore();
    });

    // Filters: a text, or a comparison of numbers. A bound such as >7 passes what it surely passes.
    const number = "[-−+]?(?:\\d+[.,]?\\d*|[.,]\\d+)(?:e[-+]?\\d+)?";
    const comparison = new RegExp(`^(>=|<=|≥|≤|>|<|=)\\s*(${number})$`, "i");
    const range = new RegExp(`^(${number})\\s*(?:\\.\\.|…)\\s*(${number})$`, "i");
    const parsed = (text) => Number(text.replace("−", "-").replace(",", "."));
    const passes = {
      ">": (cell, limit) => cell > limit,
      "<": (cell, limit) => cell < limit,
      ">=": (cell, limit) => cell >= limit,
      "<=": (cell, limit) => cell <= limit,
    };
    const compared = (sign, limit, column) => (cell) => {
      if (cell === null) return false;
      if (sign === "=") return shown(cell, column) === shown(limit, column);
      if (typeof cell === "number") return passes[sign](cell, limit);
      const bound = comparison.exec(cell);
      return bound !== null && bound[1][0] === sign[0] && passes[`${sign[0]}=`](parsed(bound[2]), limit);
    };
    const testOf = (text, column, place) => {
      if (!column.number) {
        // In the strings themselves capitals matter.
        const matters = place === texts;
        const wanted = matters ? text : text.toLowerCase();
        return (cell) => (matters ? cell : String(cell ?? "").toLowerCase()).includes(wanted);
      }
      const sign = comparison.exec(text);
      if (sign) {
        const plain = sign[1].replace("≥", ">=").replace("≤", "<=");
        return compared(plain, parsed(sign[2]), column);
      }
      const ends = range.exec(text);
      if (ends) {
        const [low, high] = [parsed(ends[1]), parsed(ends[2])];
        return (cell) => typeof cell === "number" && cell >= low && cell <= high;
      }
      if (new RegExp(`^${number}$`, "i").test(text)) return compared("=", parsed(text), column);
      return null;
    };
    const fields = [];
    const arrange = () => {
      const tests = [];
      fields.forEach((field, place) => {
        const text = field.value.trim();
        const test = text ? testOf(text, columns[place], place) : undefined;
        if (test === null) field.setAttribute("aria-invalid", "true");
        else field.removeAttribute("aria-invalid");
        if (test) tests.push([place, test]);
      });
      order = rows.map((_, row) => row);
      order = order.filter((row) => tests.every(([place, test]) => test(rows[row][place])));
      if (sorting) {
        const { place, sign } = sorting;
        const isNumber = columns[place].number;
        const key = (row) => {
          const cell = rows[row][place];
          if (isNumber) return typeof cell === "number" ? cell : null;
          return cell || null;
        };
        const compare = (one, other) =>
          isNumber ? one - other : one.localeCompare(other, "en", { numeric: true });
        const keyed = order.map((row) => [key(row), row]);
        keyed.sort(([one], [other]) => {
          if (one === null || other === null) return (one === null) - (other === null);
          return sign * compare(one, other);
        });
        order = keyed.map(([, row]) => row);
      }
      redraw();
    };
    const sortBy = (place) => {
      const before = heads[place].getAttribute("aria-sort");
      const first = columns[place].number ? "descending" : "ascending";
      const now = before === null ? first : before === "ascending" ? "descending" : "ascending";
      for (const head of heads) head.removeAttribute("aria-sort");
      heads[place].setAttribute("aria-sort", now);
      sorting = { place, sign: now === "ascending" ? 1 : -1 };
      arrange();
    };
    const filters = made("tr", {}, made("th"));
    columns.forEach((column, place) => {
      const button = made("button", { type: "button", className: "sort" }, ...heads[place].childNodes);
      button.addEventListener("click", () => sortBy(place));
      heads[place].append(button);
      const field = made("input", { type: "search", placeholder: column.number ? "> …" : "filter" });
      field.setAttribute("aria-label", `filter ${column.name}`);
      field.addEventListener("input", arrange);
      fields.push(field);
      filters.append(made("th", { className: heads[place].className }, field));
    });
    table.tHead.append(filters);
    find = (row) => {
      for (const field of fields) field.value = "";
      fields[texts].value = rows[row][texts];
      arrange();
      box.scrollIntoView({ block: "center" });
    };
    redraw();
  }

  const tip = document.querySelector("#tip");
  const isId = columns[0]?.name === "ID";
  const describe = (row) => {
    const cells = rows[row];
    const name = isId && cells[0] ? `${cells[0]} · ` : "";
    const value = columns[isId ? 1 : 0];
    const head = made("p", {}, name, made("strong", {}, shown(cells[isId ? 1 : 0], value)), ` ${value.name}`);
    const from = columns.findIndex((column) => column.name === "from");
    tip.replaceChildren(
      thumbnail(row),
      head,
      made("p", {}, cells[from]),
      made("p", {}, cells[texts]),
    );
  };
  for (const figure of document.querySelectorAll("[data-plot]")) {
    const svg = figure.querySelector("svg");
    const places = plots[figure.dataset.plot];
    const here = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    here.setAttribute("class", "here");
    here.setAttribute("r", "8");
    let current = null;
    const nearest = (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      let least = NEAR ** 2;
      let found = null;
      places.forEach((place, row) => {
        if (place === null) return;
        const distance = (place[0] - at.x) ** 2 + (place[1] - at.y) ** 2;
        if (distance < least) [least, found] = [distance, row];
      });
      return found;
    };
    const show = (event) => {
      const row = nearest(event);
      if (row !== current) {
        current = row;
        here.remove();
        tip.hidden = row === null;
        if (row !== null) {
          describe(row);
          here.setAttribute("cx", places[row][0]);
          here.setAttribute("cy", places[row][1]);
          svg.append(here);
        }
      }
      if (row === null) return;
      const [width, height] = [tip.offsetWidth, tip.offsetHeight];
      const left = event.clientX + 16 + width < innerWidth ? event.clientX + 16 : event.clientX - 16 - width;
      tip.style.left = `${Math.max(4, left)}px`;
      tip.style.top = `${Math.max(4, Math.min(event.clientY + 12, innerHeight - height - 4))}px`;
    };
    svg.addEventListener("pointermove", show);
    svg.addEventListener("pointerdown", show);
    svg.addEventListener("pointerleave", () => {
      current = null;
      tip.hidden = true;
      here.remove();
    });
    svg.addEventListener("click", (event) => {
      const row = nearest(event);
      if (row !== null) find(row);
    });
  }
}
