"""Dated histories brought in from elsewhere, through the same rules as live acts (design/api.md, `import_history`).

`reading` and `published` turn a file into `Case`s, `planner` finds the steps that a published source leaves out, `cast`
gives each step somebody to act, `replay` plays one case in one transaction, `run` a whole file.
"""
