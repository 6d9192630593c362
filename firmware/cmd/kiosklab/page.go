package main

import (
	"embed"
	"net/http"
)

//go:embed static
var files embed.FS

func static() http.Handler { return http.FileServerFS(files) }

func (l *lab) page(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, files, "static/index.html")
}
