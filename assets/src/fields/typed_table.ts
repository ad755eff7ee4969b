// Tables whose columns hold one kind of thing each; every cell is a field of its column's block.

import { LitElement, html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Block, Json } from "../core/model";
import { icon } from "../core/icons";
import { blockValue } from "../core/values";
import type { Control } from "./control";
import { moveInGrid } from "./grid";
import { t } from "../texts";

interface Column {
  type: string;
  heading: string;
}

interface TypedTable {
  columns: Column[];
  rows: { values: Json[] }[];
  caption: string;
}

class TypedTableElement extends LitElement {
  static override properties = { control: { attribute: false } };
  declare control: Control;

  override createRenderRoot(): this {
    return this;
  }

  /** The table itself, which cells change in place. */
  private get table(): TypedTable | null {
    const { value } = this.control;
    return typeof value === "object" && value !== null && "columns" in value ? (value as unknown as TypedTable) : null;
  }

  private block(type: string): Block | undefined {
    return this.control.editing.blocks[type];
  }

  private changed(): void {
    this.control.editing.touch();
    this.requestUpdate();
  }

  private addColumn(type: string): void {
    if (!this.table) {
      this.control.set({ columns: [], rows: [{ values: [] }], caption: "" });
    }
    this.table?.columns.push({ type, heading: "" });
    this.table?.rows.forEach((row) => row.values.push(this.empty(type)));
    this.changed();
  }

  private removeColumn(at: number): void {
    const table = this.table!;
    table.columns.splice(at, 1);
    table.rows.forEach((row) => row.values.splice(at, 1));
    if (table.columns.length === 0) this.control.set(null);
    this.changed();
  }

  private addRow(): void {
    this.table?.rows.push({ values: this.table.columns.map((column) => this.empty(column.type)) });
    this.changed();
  }

  private empty(type: string): Json {
    return blockValue(this.block(type), this.control.editing.blocks);
  }

  override render(): TemplateResult {
    const table = this.table;
    return html`${table ? this.grid(table) : nothing}
      <div class="table-foot">
        ${table ? html`<button type="button" @click=${this.addRow}>${icon("plus")} ${t.addRow}</button>` : nothing}${this.columnAdder()}
      </div>
      ${table ? this.caption(table) : nothing}`;
  }

  private columnAdder(): TemplateResult {
    const { field, id } = this.control;
    const add = (event: Event) => {
      const select = event.target as HTMLSelectElement;
      if (select.value !== "") this.addColumn(select.value);
      select.value = "";
    };
    return html`<select class="inline" id="${id}-add" aria-label=${t.addColumn} @change=${add}>
      <option value="">+ ${t.addColumn}…</option>
      ${(field.blocks ?? []).map((name) => html`<option value=${name}>${this.block(name)?.label ?? name}</option>`)}
    </select>`;
  }

  private grid(table: TypedTable): TemplateResult {
    return html`<div class="grid-box">
      <table class="grid typed" @keydown=${moveInGrid}>
        <tbody>
          <tr class="headings">${table.columns.map((column, at) => this.heading(column, at))}<td></td></tr>
          ${table.rows.map((row, at) => html`<tr>${table.columns.map((column, cell) => this.cell(column, row.values, cell))}<td class="tools">${this.rowRemover(table, at)}</td></tr>`)}
        </tbody>
      </table>
    </div>`;
  }

  private heading(column: Column, at: number): TemplateResult {
    const set = (event: Event) => {
      column.heading = (event.target as HTMLInputElement).value;
      this.control.editing.touch();
    };
    return html`<td class="header">
      <div class="heading-cell">
        <input aria-label=${t.headingOf(at + 1)} placeholder=${this.block(column.type)?.label ?? column.type} .value=${live(column.heading)} @input=${set} />
        <button type="button" class="plain" aria-label=${t.removeColumn(at + 1)} @click=${() => this.removeColumn(at)}>${icon("close")}</button>
      </div>
    </td>`;
  }

  private cell(column: Column, values: Json[], at: number): TemplateResult {
    const block = this.block(column.type);
    const field = block?.is_struct ? { ...block.fields[0]!, kind: "struct", block: column.type } : block?.fields[0];
    if (!field) return html`<td></td>`;
    const named = { ...field, label: `${column.heading || field.label}`, help: "" };
    return html`<td><vt-field .field=${named} .place=${{ holder: values, key: at }} .editing=${this.control.editing} .bare=${true}></vt-field></td>`;
  }

  private rowRemover(table: TypedTable, at: number): TemplateResult {
    const run = () => {
      table.rows.splice(at, 1);
      this.changed();
    };
    return html`<button type="button" class="plain" aria-label=${t.removeRow(at + 1)} title=${t.removeRow(at + 1)} @click=${run}>${icon("close")}</button>`;
  }

  private caption(table: TypedTable): TemplateResult {
    const id = `${this.control.id}-caption`;
    const set = (event: Event) => {
      table.caption = (event.target as HTMLInputElement).value;
      this.control.editing.touch();
    };
    return html`<label class="label small" for=${id}>${t.caption}</label><input id=${id} .value=${live(table.caption ?? "")} @input=${set} />`;
  }
}

customElements.define("vt-typed-table", TypedTableElement);
