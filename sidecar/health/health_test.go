package health_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/spool"
)

type source struct {
	report health.Report
	err    error
}

func (s source) Report() health.Report { return s.report }
func (s source) Ledger() ([]spool.Entry, error) {
	return []spool.Entry{{Device: []byte{1}, Window: 3, Units: 9}}, s.err
}

func request(t *testing.T, src source, registry *prometheus.Registry, method, path string) (int, string) {
	t.Helper()
	rec := httptest.NewRecorder()
	health.Handler(src, registry).ServeHTTP(rec, httptest.NewRequest(method, path, nil))
	return rec.Code, rec.Body.String()
}

func TestAnswers(t *testing.T) {
	sick := source{report: health.Report{Healthy: false, Ready: false, Problems: []string{"disk"}}, err: errors.New("damaged")}
	well := source{report: health.Report{Healthy: true, Ready: true}}
	for _, c := range []struct {
		src    source
		method string
		path   string
		code   int
		says   string
	}{
		{well, "GET", "/healthz", 200, `"healthy": true`},
		{sick, "GET", "/healthz", 503, "disk"},
		{well, "GET", "/readyz", 200, `"ready": true`},
		{sick, "GET", "/readyz", 503, "disk"},
		{sick, "GET", "/status", 200, `"problems"`},
		{well, "GET", "/earnings", 200, `"units": 9`},
		{sick, "GET", "/earnings", 503, "damaged"},
		{well, "GET", "/nothing", 404, ""},
		{well, "POST", "/status", 405, ""},
		{well, "GET", "/metrics", 404, ""},
	} {
		code, body := request(t, c.src, nil, c.method, c.path)
		require.Equal(t, c.code, code, c.path)
		require.Contains(t, body, c.says)
	}
	code, _ := request(t, well, prometheus.NewRegistry(), "GET", "/metrics")
	require.Equal(t, http.StatusOK, code)
}

func TestAddressInUseIsNamed(t *testing.T) {
	first, err := health.Listen("127.0.0.1:0", source{}, nil, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	_, err = health.Listen(first.Address(), source{}, nil, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "is another joule-sidecar running?")
}
