"""The only way into what NiceGUI does not promise to keep: elements, handlers, sockets."""
