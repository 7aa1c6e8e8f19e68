package sqldedupe

import (
	"fmt"

	"github.com/sqldedupe/sqldedupe/policy"
)

// openPolicy makes the policy from the configuration and reads the file.
func (c *connector) openPolicy() (err error) {
	if c.cfg.Policy == "" {
		c.basePolicy, err = policy.New(c.cfg.defaults()).WithTables(c.cfg.Tables)
		return err
	}
	c.policyFile, err = policy.Open(c.cfg.Policy, c.cfg.defaults(), c.cfg.Tables, c.report)
	if err != nil {
		return fmt.Errorf("sqldedupe: dedupe_policy: %w", err)
	}
	return nil
}

func (c *connector) closePolicy() {
	if c.policyFile != nil {
		c.policyFile.Close()
	}
}

func (c *connector) policy() *policy.Policy {
	if c.policyFile != nil {
		return c.policyFile.Policy()
	}
	return c.basePolicy
}

func (c *connector) policyVersion() uint64 {
	if c.policyFile != nil {
		return c.policyFile.Version()
	}
	return 0
}
