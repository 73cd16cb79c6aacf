"""What a page complains of: errors on its console, scripts that failed, and what the Content-Security-Policy refused."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Page, Response


class Watched:
    """`complaints` grows as the page is used. What a test provokes (a 403, say) it takes out with `expected`."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            place = message.location.get("url", "")
            self.complaints.append(f"{message.page.url if message.page else ''}: {message.text} ({place})")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.url} answered {response.status}")
