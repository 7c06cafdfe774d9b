"""Where does ``python -m integra_hub`` begin?"""

from integra_hub.cli import main

main()
