"""What compare_peers.py measures latent against: one file for each peer, and what they share.

A peer is a module with

    NAME                                   what it is called
    PACKAGES                               Python packages that it needs, as pip is told, itself first
    MODES                                  which modes it takes part in
    settings(cell)                         the settings worth trying, each a list of words
    prepare(cell, threads, setting, data)  a function to time, and how many steps each call of it makes

of which only the last needs its packages. worker.py calls it, in a process for each cell and number of threads.
"""
