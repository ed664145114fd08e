// Package openapi serves the OpenAPI description of Joule's own services, generated from proto/ by scripts/protogen.sh.
package openapi

import (
	_ "embed"
	"net/http"

	"github.com/gorilla/mux"
)

//go:embed joule.swagger.json
var description []byte

// Path is where the API server answers with the description.
const Path = "/openapi/joule.json"

// Description returns the OpenAPI 2.0 document.
func Description() []byte { return description }

// RegisterRoutes serves the description at Path.
func RegisterRoutes(r *mux.Router) {
	r.HandleFunc(Path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(description)
	}).Methods(http.MethodGet)
}
