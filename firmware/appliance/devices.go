package appliance

import (
	"context"
	"errors"
	"net/http"

	"wattkiosk/firmware/peripherals"
)

// Tester is what the control socket needs of the devices.
type Tester interface {
	Health() []peripherals.Health
	Test(ctx context.Context, name string) (peripherals.Verdict, error)
}

// deviceRoutes are GET /devices and POST /devices/{name}/test of the control
// socket.
type deviceRoutes struct {
	devices Tester
	loop    interface {
		Quiet(ctx context.Context) bool
	}
}

func (d *deviceRoutes) add(mux *http.ServeMux) {
	mux.HandleFunc("GET /devices", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, d.devices.Health()) })
	mux.HandleFunc("POST /devices/{name}/test", d.test)
}

func (d *deviceRoutes) test(w http.ResponseWriter, r *http.Request) {
	if !d.loop.Quiet(r.Context()) {
		http.Error(w, "a customer is being served: try again later", http.StatusConflict)
		return
	}
	v, err := d.devices.Test(r.Context(), r.PathValue("name"))
	switch {
	case errors.Is(err, peripherals.ErrNoDevice):
		http.Error(w, err.Error(), http.StatusNotFound)
	case err != nil:
		http.Error(w, err.Error(), http.StatusConflict)
	default:
		writeJSON(w, v)
	}
}
