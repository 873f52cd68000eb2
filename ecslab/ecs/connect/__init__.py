"""How one service finds and reaches another: names that DNS answers, and
the proxy of Service Connect; pure.
"""
