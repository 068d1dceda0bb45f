"""The smallest MCP server that reads a file: the yardstick of a tool call over stdio."""

from pathlib import Path

if __name__ == "__main__":
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("yardstick")

    @server.tool()
    def read(path: str) -> str:
        """The text of a file."""
        return Path(path).read_text(encoding="utf-8")

    server.run("stdio")
