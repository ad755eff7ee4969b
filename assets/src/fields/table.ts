// Tables of text: a grid of cells that grow with their text; rows and columns come and go; headers and a caption.

import { LitElement, html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Json, JsonObject } from "../core/model";
import { icon } from "../core/icons";
import type { Control } from "./control";
import { moveInGrid } from "./grid";
import { t } from "../texts";

class TableElement extends LitElement {
  static override properties = { control: { attribute: false } };
  declare control: Control;

  override createRenderRoot(): this {
    return this;
  }

  private get table(): JsonObject | null {
    const { value } = this.control;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  }

  private get rows(): string[][] {
    const data = this.table?.data;
    return Array.isArray(data) ? (data as Json[]).map((row) => (Array.isArray(row) ? row.map((cell) => String(cell ?? "")) : [])) : [];
  }

  /** Alignments and spans belong to cells by number: they go when numbers change. */
  private put(change: JsonObject, keepsCells = true): void {
    const table: JsonObject = { first_row_is_table_header: false, first_col_is_header: false, table_caption: "", ...this.table, ...change };
    const [row, column] = [table.first_row_is_table_header === true, table.first_col_is_header === true];
    table.table_header_choice = row && column ? "both" : row ? "row" : column ? "column" : "neither";
    if (!keepsCells) {
      delete table.cell;
      delete table.mergeCells;
    }
    this.control.set(table);
    this.control.update();
  }

  private start(): void {
    this.put({ data: [["", "", ""], ["", "", ""], ["", "", ""]], first_row_is_table_header: true });
  }

  private type(row: number, column: number, text: string): void {
    const data = this.rows;
    data[row]![column] = text;
    this.control.set({ ...this.table, data });
  }

  private addRow(at: number): void {
    const data = this.rows;
    data.splice(at, 0, Array<string>(data[0]?.length ?? 1).fill(""));
    this.put({ data }, at >= data.length - 1);
  }

  private addColumn(at: number): void {
    this.put({ data: this.rows.map((row) => row.toSpliced(at, 0, "")) }, at >= (this.rows[0]?.length ?? 0));
  }

  private removeRow(at: number): void {
    const data = this.rows.toSpliced(at, 1);
    data.length === 0 ? this.clear() : this.put({ data }, false);
  }

  private removeColumn(at: number): void {
    const data = this.rows.map((row) => row.toSpliced(at, 1));
    data[0]?.length === 0 ? this.clear() : this.put({ data }, false);
  }

  private clear(): void {
    this.control.set(null);
    this.control.update();
  }

  override render(): TemplateResult {
    const rows = this.rows;
    if (rows.length === 0) return html`<button type="button" @click=${this.start}>${icon("table")} ${t.makeTable}</button>`;
    const columns = rows[0]?.length ?? 0;
    return html`<div class="table-head">
        ${this.header("first_row_is_table_header", t.firstRowIsHeader)}${this.header("first_col_is_header", t.firstColumnIsHeader)}
      </div>
      <div class="grid-box">
        <table class="grid" @keydown=${moveInGrid}>
          <tbody>
            <tr class="tools">
              ${Array.from({ length: columns }, (_, at) => html`<td>${this.remover(t.removeColumn(at + 1), () => this.removeColumn(at))}</td>`)}
              <td></td>
            </tr>
            ${rows.map((row, at) => html`<tr>${row.map((cell, column) => this.cell(cell, at, column))}<td class="tools">${this.remover(t.removeRow(at + 1), () => this.removeRow(at))}</td></tr>`)}
          </tbody>
        </table>
      </div>
      <div class="table-foot">
        <button type="button" @click=${() => this.addRow(rows.length)}>${icon("plus")} ${t.addRow}</button>
        <button type="button" @click=${() => this.addColumn(columns)}>${icon("plus")} ${t.addColumn}</button>
      </div>
      ${this.caption()}`;
  }

  private cell(text: string, row: number, column: number): TemplateResult {
    const table = this.table;
    const isHeader = (row === 0 && table?.first_row_is_table_header === true) || (column === 0 && table?.first_col_is_header === true);
    return html`<td class=${isHeader ? "header" : ""}>
      <textarea rows="1" aria-label=${t.cellName(row + 1, column + 1)} .value=${live(text)} @input=${(event: Event) => this.type(row, column, (event.target as HTMLTextAreaElement).value)}></textarea>
    </td>`;
  }

  private header(name: string, label: string): TemplateResult {
    const set = (event: Event) => this.put({ [name]: (event.target as HTMLInputElement).checked });
    return html`<label class="check"><input type="checkbox" .checked=${live(this.table?.[name] === true)} @change=${set} /><span>${label}</span></label>`;
  }

  private remover(label: string, run: () => void): TemplateResult {
    return html`<button type="button" class="plain" aria-label=${label} title=${label} @click=${run}>${icon("close")}</button>`;
  }

  private caption(): TemplateResult {
    const { id, describedBy } = this.control;
    const set = (event: Event) => this.control.set({ ...this.table, table_caption: (event.target as HTMLInputElement).value });
    return html`<label class="label small" for="${id}-caption">${t.caption}</label>
      <input id="${id}-caption" aria-describedby=${describedBy ?? nothing} .value=${live(String(this.table?.table_caption ?? ""))} @input=${set} />`;
  }
}

customElements.define("vt-table", TableElement);
