package orms_test

import (
	"os"
	"testing"

	"github.com/sqldedupe/sqldedupe/integration/servers"
)

func TestMain(m *testing.M) { os.Exit(servers.Main(m)) }
