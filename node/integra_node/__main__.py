"""Where does ``python -m integra_node`` begin?"""

from integra_node.cli import main

main()
