"""The project that assembles the rooms: settings, addresses, jobs, health, encryption.

Nothing is imported here: earlyaccess.local runs before the dependencies are installed.
"""
