// Sends the form of the page as a person does, with these values, and waits for the answer.
export async function sendForm(page, values) {
  await Promise.all([
    page.waitForNavigation({ timeout: 20_000 }),
    page.evaluate((filled) => {
      const form = document.querySelector("main form[method=post]");
      for (const [name, value] of Object.entries(filled)) form.elements[name].value = value;
      form.requestSubmit();
    }, values),
  ]);
}
