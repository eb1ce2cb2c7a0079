package api

import "net/http"

func (a *API) openapi(w http.ResponseWriter, req *http.Request) {
	http.NotFound(w, req)
}
