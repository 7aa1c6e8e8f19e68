// Package writes shows, on real servers, that no read after an acknowledged write is stale and that nobody sees new, then
// old; and what transactions and sessions keep to themselves.
package writes

import (
	"flag"
	"os"
	"testing"

	"github.com/sqldedupe/sqldedupe/integration/servers"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil { // the tests wait for servers more than they work
		panic(err)
	}
	os.Exit(servers.Main(m))
}
