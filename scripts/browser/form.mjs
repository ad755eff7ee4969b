// Sends the form of the page, with these values in its fields, and returns the response.
export async function sendForm(page, values) {
  const [response] = await Promise.all([
    page.waitForNavigation({ waitUntil: "load", timeout: 20_000 }),
    page.evaluate((filled) => {
      const form = document.querySelector("main form[method=post]");
      for (const [name, value] of Object.entries(filled)) {
        const field = form.elements[name];
        if (field.type === "checkbox") field.checked = true;
        else if (field.type === "select-one") field.selectedIndex = 1;
        else field.value = value;
      }
      form.requestSubmit();
    }, values),
  ]);
  return response;
}
